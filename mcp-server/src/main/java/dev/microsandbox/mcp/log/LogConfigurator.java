package dev.microsandbox.mcp.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.microsandbox.mcp.config.ServerConfig.LogLevel;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up: to standard error, because standard output belongs to results and to MCP. Found
 * by logback as a service; in code, because reading an XML file would be a good part of the
 * start-up time.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {

    /** Whose informational messages say nothing to this program's users. */
    private static final String SDK = "io.modelcontextprotocol";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        LogLine layout = new LogLine();
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        set(context, Level.INFO);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Changes what is logged from now on. */
    public static void setLevel(LogLevel level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            set(context, Level.toLevel(level.name()));
        }
    }

    private static void set(LoggerContext context, Level level) {
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(level);
        boolean quiet = level.isGreaterOrEqual(Level.INFO);
        context.getLogger(SDK).setLevel(quiet ? Level.WARN : level);
    }
}
