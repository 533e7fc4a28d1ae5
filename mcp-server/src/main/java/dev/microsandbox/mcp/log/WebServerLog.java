package dev.microsandbox.mcp.log;

import dev.microsandbox.mcp.config.ServerConfig.LogLevel;
import dev.microsandbox.mcp.text.ControlCharacters;
import dev.microsandbox.mcp.text.FaultLine;
import java.time.ZoneId;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log of the web server, which goes to standard error through java.util.logging. Its lines have
 * the form of {@link LogLine}, and an exception takes no line of its own: what makes the web server
 * log is often what a client sends.
 */
public final class WebServerLog {

    /** This reference keeps the logger from being garbage-collected together with its level. */
    private static final Logger WEB_SERVER = Logger.getLogger("io.helidon");

    private WebServerLog() {}

    /** Sets the form of the lines, and their level from the program's level. */
    public static void configure(LogLevel level) {
        if (level.compareTo(LogLevel.INFO) <= 0) {
            WEB_SERVER.setLevel(Level.WARNING);
        }
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFormatter(new Line());
        }
    }

    /** Formats a record as one line. */
    static final class Line extends Formatter {

        @Override
        public String format(LogRecord event) {
            String logger = String.valueOf(event.getLoggerName());
            StringBuilder line = new StringBuilder();
            line.append(event.getInstant().atZone(ZoneId.systemDefault()).toOffsetDateTime());
            line.append(' ').append(level(event.getLevel()));
            line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
            line.append(": ");
            line.append(ControlCharacters.escape(formatMessage(event), LogLine.MAX_MESSAGE));
            if (event.getThrown() != null) {
                line.append(": ").append(FaultLine.of(event.getThrown()));
            }
            return line.append('\n').toString();
        }

        private static String level(Level level) {
            if (level.intValue() >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (level.intValue() >= Level.WARNING.intValue()) {
                return "WARN";
            }
            return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
        }
    }
}
