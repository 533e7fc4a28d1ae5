package dev.microsandbox.mcp.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Collects what the process logs while it is open: through Logback and through java.util.logging,
 * and the exceptions that end threads. Everything of level INFO and above, whole.
 */
public final class LogWatch implements AutoCloseable {

    /** The lines as standard error shows them, one event an element. */
    public final List<String> lines = new CopyOnWriteArrayList<>();

    /** The events that came with a stack trace, and the exceptions that no thread has caught. */
    public final List<String> traces = new CopyOnWriteArrayList<>();

    private final ch.qos.logback.classic.Logger root =
            (ch.qos.logback.classic.Logger)
                    LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final LogLine layout = new LogLine();
    private final Logger julRoot = Logger.getLogger("");
    private final @Nullable UncaughtExceptionHandler before =
            Thread.getDefaultUncaughtExceptionHandler();

    private final AppenderBase<ILoggingEvent> appender =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
                        String line = layout.doLayout(event);
                        lines.add(line);
                        if (line.contains("\tat ")) {
                            traces.add(line);
                        }
                    }
                }
            };

    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord event) {
                    if (event.getLevel().intValue() >= java.util.logging.Level.INFO.intValue()) {
                        lines.add(event.getLevel() + " " + event.getMessage());
                        if (event.getThrown() != null) {
                            traces.add(event.getMessage() + ": " + event.getThrown());
                        }
                    }
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    public LogWatch() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
        julRoot.addHandler(handler);
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, e) -> traces.add("thread " + thread.getName() + " ended by " + e));
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        julRoot.removeHandler(handler);
        Thread.setDefaultUncaughtExceptionHandler(before);
    }
}
