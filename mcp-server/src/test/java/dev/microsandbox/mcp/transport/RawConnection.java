package dev.microsandbox.mcp.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A plain HTTP/1.1 exchange for behaviour that proper clients do not show: to disconnect suddenly,
 * or to lie.
 */
final class RawConnection implements AutoCloseable {

    private final Socket socket;
    private final BufferedReader lines;

    /** Sends a request. Headers are given as whole lines. */
    RawConnection(URI uri, String method, String body, String... headers) throws IOException {
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setSoTimeout(10_000);
        String path =
                uri.getRawQuery() == null ? uri.getPath() : uri.getPath() + "?" + uri.getRawQuery();
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\n"
                        + Arrays.stream(headers).map(h -> h + "\r\n").collect(Collectors.joining())
                        + "Content-Length: "
                        + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
        lines =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    String statusLine() throws IOException {
        return String.valueOf(lines.readLine());
    }

    /** Reads until a line with this prefix, and returns the rest of that line. */
    String lineAfter(String prefix) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
        }
        throw new IOException("the stream ended before a line with " + prefix);
    }

    /** Whether the response ends, by a last chunk or by the end of the connection. */
    boolean ends() throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("0")) {
                return true;
            }
        }
        return true;
    }

    /** Drops the connection without closing it properly. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
