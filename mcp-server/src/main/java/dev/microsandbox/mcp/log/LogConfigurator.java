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
 * Configures logging to standard error, because standard output is reserved for results and MCP
 * messages. Logback finds this class as a service. The configuration is code, because reading an
 * XML file would take a considerable part of the start-up time.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {

    /** The SDK's logger. Its informational messages do not help users of this program. */
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

    /** Sets the log level. */
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
