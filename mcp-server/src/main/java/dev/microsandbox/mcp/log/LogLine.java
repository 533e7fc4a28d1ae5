package dev.microsandbox.mcp.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import dev.microsandbox.mcp.text.ControlCharacters;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A line of the log: time with its offset from UTC, level, logger, message.
 *
 * <p>A message, also that of an exception, may quote a client or a guest. Quoted text must not look
 * like another log line, and must not act on the terminal of whoever reads the log: control
 * characters appear as escapes, and a message has a bounded length.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {

    /** Longest message, in characters. A crash report with a guest's last words fits. */
    static final int MAX_MESSAGE = 8192;

    private static final int MAX_CAUSES = 10;

    /**
     * Loggers of libraries that log an exception for whatever a client sends. Their stack traces
     * appear only if their level is DEBUG.
     */
    private static final List<String> BRIEF = List.of("io.modelcontextprotocol.", "reactor.");

    @Override
    public String doLayout(ILoggingEvent event) {
        String logger = event.getLoggerName();
        StringBuilder line = new StringBuilder();
        line.append(
                Instant.ofEpochMilli(event.getTimeStamp())
                        .atZone(ZoneId.systemDefault())
                        .toOffsetDateTime());
        line.append(' ').append(event.getLevel());
        line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
        line.append(": ").append(escape(event.getFormattedMessage()));
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null && isBrief(event)) {
            line.append(": ").append(header(thrown));
            thrown = null;
        }
        line.append('\n');
        for (int i = 0; thrown != null && i < MAX_CAUSES; i++) {
            line.append(i == 0 ? "" : "Caused by: ").append(header(thrown)).append('\n');
            ThrowableProxyUtil.subjoinSTEPArray(line, 1, thrown);
            thrown = thrown.getCause();
        }
        return line.toString();
    }

    private static boolean isBrief(ILoggingEvent event) {
        String logger = event.getLoggerName();
        return event.getLevel().isGreaterOrEqual(Level.INFO)
                && BRIEF.stream().anyMatch(logger::startsWith)
                && !LoggerFactory.getLogger(logger).isDebugEnabled();
    }

    private static String header(IThrowableProxy thrown) {
        return thrown.getMessage() == null
                ? thrown.getClassName()
                : thrown.getClassName() + ": " + escape(thrown.getMessage());
    }

    private static String escape(@Nullable String text) {
        return ControlCharacters.escape(String.valueOf(text), MAX_MESSAGE);
    }
}
