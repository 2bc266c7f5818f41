import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Executors;
import org.postgresql.util.PSQLException;

/** Users and projects over HTTP. What a request may ask is written in ../schema.sql (allow) and beside each write (fields). */
class Server {
    static final String URL = String.format("jdbc:postgresql://%s:%s/%s?stringtype=unspecified&currentSchema=team&options=%s",
        env("PGHOST", "localhost"), env("PGPORT", "5432"), env("PGDATABASE", "api"), "-c%20pg_associations.timezone=UTC");
    static final String USER = env("PGUSER", System.getProperty("user.name")), PASSWORD = env("PGPASSWORD", "");

    /** ?where={"name":{"startsWith":"A"}}&amp;order=["name"]&amp;after=..., read by the server: text of two arrays, one object */
    static final String OPTIONS = "(SELECT coalesce(jsonb_object_agg(name, CASE name WHEN 'after' THEN to_jsonb(value) ELSE value::jsonb END), '{}') "
        + "FROM unnest(?::text[], ?::text[]) AS o (name, value))";

    record Answer(int status, String body) {}

    static Answer answer(HttpExchange request) throws SQLException, IOException {
        String[] path = request.getRequestURI().getPath().substring(1).split("/");
        String body = new String(request.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String key = path.length > 1 ? path[1] : null, project = path.length > 3 ? path[3] : null;
        String[][] query = query(request.getRequestURI().getRawQuery());

        switch (request.getRequestMethod() + " " + path[0] + (path.length > 2 ? "/" + path[2] : "") + " " + path.length) {
            case "GET users 1":
                return found(call("assoc.find_page_json('User', '{\"limit\": 10}' || " + OPTIONS + ", NULL, '\"api\"')", query[0], query[1]));
            case "GET users 2":
                return found(call("assoc.find_by_pk_json('User', ?::text, " + OPTIONS + ", NULL, '\"api\"')", key, query[0], query[1]));
            case "POST users 1":
                return new Answer(201, call("assoc.create('User', ?, '{\"fields\": [\"name\", \"email\", \"projects.connectOrCreate.where.title\", "
                    + "\"projects.connectOrCreate.create.title\"], \"attributes\": [\"id\", \"name\", \"email\"]}')", body));
            case "PATCH users 2":
                return found(call("assoc.update('User', ?, jsonb_build_object('where', jsonb_build_object('id', ?::text), "
                    + "'fields', '[\"name\", \"email\"]'::jsonb, 'returning', '[\"id\", \"name\", \"email\"]'::jsonb)) #> '{rows,0}'", body, key));
            case "DELETE users 2":
                return found(call("assoc.destroy('User', jsonb_build_object('where', jsonb_build_object('id', ?::text)))", key));
            case "PUT users/projects 4":
                return found(call("assoc.add('User', ?::text, 'projects', jsonb_build_array(?::bigint), ?)", key, project, body.isEmpty() ? "{}" : body));
            case "DELETE users/projects 4":
                return found(call("assoc.remove('User', ?::text, 'projects', jsonb_build_array(?::bigint))", key, project));
            default:
                return found(null);
        }
    }

    static Answer found(String document) {
        return document == null ? new Answer(404, "{\"message\": \"there is none\"}") : new Answer(200, document);
    }

    /** One call, its JSON as text: documents are handed on as they are. A pool (HikariCP) belongs here. */
    static String call(String text, Object... values) throws SQLException {
        try (var connection = DriverManager.getConnection(URL, USER, PASSWORD); var statement = connection.prepareStatement("SELECT " + text)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            ResultSet rows = statement.executeQuery();
            rows.next();
            return rows.getString(1);
        }
    }

    static String[][] query(String text) {
        String[][] parts = text == null || text.isEmpty() ? new String[0][] : Arrays.stream(text.split("&")).map(part -> (part + "=").split("=", 3)).toArray(String[][]::new);
        return new String[][] {column(parts, 0), column(parts, 1)};
    }

    static String[] column(String[][] parts, int n) {
        return Arrays.stream(parts).map(part -> URLDecoder.decode(part[n], StandardCharsets.UTF_8)).toArray(String[]::new);
    }

    /** errors as answers: docs/clients.md */
    static final Map<Integer, String> STATUSES = Map.of(422, "23502 23514 22P02 22003 22007 22008", 409, "23505 23P01 23503",
        400, "22023 42703 42704 22004 428C9 0A000 54000", 403, "42501", 503, "40001 40P01");

    static Answer failed(PSQLException error) throws SQLException {
        int status = STATUSES.entrySet().stream().filter(e -> e.getValue().contains(error.getSQLState())).findAny().map(Map.Entry::getKey).orElse(500);
        var told = error.getServerErrorMessage();
        if (status == 500 || told == null) {
            error.printStackTrace();
            return new Answer(500, "{\"message\": \"internal error\"}");
        }
        String detail = told.getDetail() != null && told.getDetail().startsWith("[") ? told.getDetail() : null;
        // what does not fit and is no field: a key in the address, or no JSON
        return new Answer(status == 422 && detail == null ? 400 : status, call("json_strip_nulls(json_build_object('message', ?::text, 'errors', ?::json))", told.getMessage(), detail));
    }

    static void handle(HttpExchange request) throws IOException {
        Answer answer;
        try {
            answer = answer(request);
        } catch (PSQLException error) {
            try {
                answer = failed(error);
            } catch (SQLException another) {
                answer = new Answer(500, "{\"message\": \"internal error\"}");
            }
        } catch (SQLException error) {
            answer = new Answer(500, "{\"message\": \"internal error\"}");
        }
        send(request, answer.status, "application/json", answer.body.getBytes(StandardCharsets.UTF_8));
    }

    static void send(HttpExchange request, int status, String type, byte[] body) throws IOException {
        request.getResponseHeaders().set("Content-Type", type);
        request.sendResponseHeaders(status, body.length);
        request.getResponseBody().write(body);
        request.close();
    }

    static String env(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(env("PORT", "3000"))), 0);
        byte[] page = Files.readAllBytes(Path.of("../page.html"));
        server.createContext("/users", Server::handle);
        server.createContext("/", request -> send(request, 200, "text/html", page));
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        System.out.println("http://localhost:" + server.getAddress().getPort());
    }
}
