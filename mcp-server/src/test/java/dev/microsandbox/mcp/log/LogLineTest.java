package dev.microsandbox.mcp.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A line of the log is one line, and acts on no terminal, whatever it quotes. */
class LogLineTest {

    private static final String FORGED =
            "x\n2026-01-01T00:00Z ERROR Forged: line\r\u001b[2J\u009b1A\u2028\u202e\u0085\u0000\tend";

    private static final String SHOWN =
            "x\\n2026-01-01T00:00Z ERROR Forged: line\\r\\u001b[2J\\u009b1A\\u2028\\u202e\\u0085\\u0000\\tend";

    private static String line(String logger, String message, @Nullable Throwable thrown) {
        Logger target = new LoggerContext().getLogger(logger);
        return new LogLine()
                .doLayout(new LoggingEvent("", target, Level.WARN, message, thrown, null));
    }

    @Test
    void aMessageIsOneLine() {
        assertThat(line("a.b.Name", FORGED, null)).endsWith(" WARN Name: " + SHOWN + "\n");
    }

    @Test
    void anExceptionsMessageIsOneLine() {
        String text =
                line("a.b.Name", "m", new IllegalStateException(FORGED, new IOException(FORGED)));
        assertThat(text)
                .contains("\njava.lang.IllegalStateException: " + SHOWN + "\n\tat ")
                .contains("\nCaused by: java.io.IOException: " + SHOWN + "\n\t")
                .doesNotContain("\u001b", "\r", "\u2028", "\u009b");
    }

    @Test
    void aLongMessageIsCut() {
        assertThat(line("a.b.Name", "x".repeat(1 << 20), new IOException("y".repeat(1 << 20))))
                .contains("… (1040384 more characters)")
                .hasSizeLessThan(30_000);
    }

    @Test
    void theLibrariesPrintNoStackTraces() {
        String text =
                line("io.modelcontextprotocol.spec.Session", "m", new IOException("because\n"));
        assertThat(text).endsWith(" WARN Session: m: java.io.IOException: because\\n\n");
    }

    @Test
    void theWebServersLinesAreOfTheSameForm() {
        LogRecord event = new LogRecord(java.util.logging.Level.WARNING, FORGED);
        event.setLoggerName("io.helidon.Server");
        event.setThrown(new IOException(FORGED));
        assertThat(new WebServerLog.Line().format(event))
                .contains(
                        " WARN Server: "
                                + SHOWN
                                + ": IOException: "
                                + SHOWN
                                + " (LogLineTest.java:")
                .endsWith(")\n")
                .hasLineCount(1);
    }
}
