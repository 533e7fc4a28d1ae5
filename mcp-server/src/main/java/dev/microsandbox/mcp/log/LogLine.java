package dev.microsandbox.mcp.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;

/** A line of the log: time with its offset from UTC, level, logger, message. */
final class LogLine extends LayoutBase<ILoggingEvent> {

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
        // A message may quote a client; quoted text must not look like another log line.
        line.append(": ").append(event.getFormattedMessage().replace("\n", "\\n")).append('\n');
        if (event.getThrowableProxy() != null) {
            line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return line.toString();
    }
}
