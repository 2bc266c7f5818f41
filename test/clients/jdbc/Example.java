import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.postgresql.util.PSQLException;

// What docs/clients.md shows for JDBC.
class Example {

static String call(Connection connection, String text, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT " + text)) {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getString(1) : null;
        }
    }
}

static void check(Object expected, Object found) {
    if (!expected.equals(found)) {
        throw new AssertionError("expected " + expected + ", found " + found);
    }
}

public static void main(String[] args) throws Exception {
    String url = "jdbc:postgresql://127.0.0.1:" + relay() + "/" + System.getenv("PGDATABASE") + "?sslmode=disable&gssEncMode=disable&user=" + System.getenv("PGUSER");
    Connection connection = DriverManager.getConnection(url);

// keys are numbers, documents strings with ::jsonb; jsonb comes as a string
String user = call(connection, "user_with_projects(?)", 1);
String users = call(connection, "assoc.find_all(?, ?::jsonb)", "User", "{\"order\": [\"name\"], \"include\": [\"projects\"]}");
String diff = call(connection, "user_add_projects(?, ?)", 2, connection.createArrayOf("bigint", new Long[] {1L, 2L}));

    check(true, user.startsWith("{\"id\": 1"));
    check(true, users.contains("Moon"));
    check("{\"added\": [1, 2], \"removed\": [], \"updated\": [], \"unchanged\": []}", diff);

// with stringtype=unspecified every string is what the function takes: keys, options and data alike
try (Connection untyped = DriverManager.getConnection(url + "&stringtype=unspecified")) {
    user = call(untyped, "user_with_projects(?, ?)", "1", "{\"include\": [\"projects\"]}");
    untyped.setAutoCommit(false);
    call(untyped, "assoc.create(?, ?)", "User", "{\"name\": \"Cid\", \"projects\": {\"connect\": [1]}}");
    untyped.commit();
}

    check(true, user.startsWith("{\"id\": 1"));
    check("3", call(connection, "assoc.count(?)", "User"));

// or with accessors that have twins for text
call(connection, "assoc.belongs_to_many('User', 'Project', inverse => 'users', options => ?::jsonb, replace => true)", "{\"accessors\": {\"text\": true}}");
String same = call(connection, "user_with_projects(?)", "1");

    check(true, same.startsWith("{\"id\": 1"));
    check("1", String.valueOf(call(connection, "user_count_projects(?)", 2).length()));

try {
    call(connection, "assoc.create(?, ?::jsonb)", "User", "{\"email\": \"nowhere\"}");
} catch (PSQLException error) {
    // a JSON array of {"path", "validator", "message", "value"}
    String failures = error.getServerErrorMessage().getDetail();
    check(true, error.getSQLState().equals("23514") && failures.startsWith("[{\"path\": \"name\""));
}
    connection.close();
    System.out.println("ok");
    System.exit(0);
}

/** the server's Unix socket, as a port of this machine */
static int relay() throws Exception {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Path path = Path.of(System.getenv("PGHOST"), ".s.PGSQL." + System.getenv("PGPORT"));
    thread(() -> {
        while (true) {
            Socket client = server.accept();
            client.setTcpNoDelay(true);
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(path));
            ReadableByteChannel in = Channels.newChannel(client.getInputStream());
            WritableByteChannel out = Channels.newChannel(client.getOutputStream());
            thread(() -> pump(in, channel));
            thread(() -> pump(channel, out));
        }
    });
    return server.getLocalPort();
}

interface Work { void run() throws Exception; }

static void thread(Work work) {
    Thread thread = new Thread(() -> {
        try {
            work.run();
        } catch (Exception closed) {
            // the other side has gone
        }
    });
    thread.setDaemon(true);
    thread.start();
}

static void pump(ReadableByteChannel from, WritableByteChannel to) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(65536);
    while (from.read(bytes) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
        bytes.clear();
    }
    to.close();
}
}
