// What docs/clients.md shows for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

type Project struct {
	ID    int64
	Title string
	Link  struct{ Role *string } `json:"UserProject"`
}

type User struct {
	ID       int64
	Name     string
	Projects []Project
}

// The document as a value of Go; a json.RawMessage passes it on unread.
func load(ctx context.Context, db *pgx.Conn, into any, text string, values ...any) error {
	var document []byte
	if err := db.QueryRow(ctx, "SELECT "+text, values...).Scan(&document); err != nil || document == nil {
		return err
	}
	return json.Unmarshal(document, into)
}

type Failure struct{ Path, Validator, Message string }

func failures(err error) (list []Failure) {
	var told *pgconn.PgError
	if errors.As(err, &told) && json.Unmarshal([]byte(told.Detail), &list) == nil {
		return list
	}
	return nil
}

func run(ctx context.Context, db *pgx.Conn) error {
	var user User
	if err := load(ctx, db, &user, "user_with_projects($1)", 1); err != nil {
		return err
	}
	var users []User
	options := map[string]any{"order": []string{"name"}, "include": []string{"projects"}}
	if err := load(ctx, db, &users, "assoc.find_all($1, $2)", "User", options); err != nil {
		return err
	}
	var diff struct{ Added []int64 }
	if err := load(ctx, db, &diff, "user_add_projects($1, $2)", 2, []int64{1, 2}); err != nil {
		return err
	}

	cid := map[string]any{"name": "Cid", "projects": map[string]any{"connect": []int64{1}}}
	err := db.BeginFunc(ctx, func(tx pgx.Tx) error {
		return load(ctx, tx.Conn(), new(json.RawMessage), "assoc.create($1, $2)", "User", cid)
	})
	if err != nil {
		return err
	}

	err = load(ctx, db, new(json.RawMessage), "assoc.create($1, $2)", "User", map[string]any{"email": "nowhere"})
	got := fmt.Sprintln(user.Name, len(user.Projects), *user.Projects[0].Link.Role, len(users), diff.Added)
	for _, failure := range failures(err) {
		got += failure.Path + " "
	}
	if got != "Ann 2 admin 2 [1 2]\nname email " {
		return fmt.Errorf("wrong: %s", got)
	}
	return nil
}

func main() {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, "")
	if err == nil {
		err = run(ctx, db)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("go")
}
