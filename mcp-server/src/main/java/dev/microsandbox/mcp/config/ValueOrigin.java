package dev.microsandbox.mcp.config;

/** Where a value was given. Its text completes "… in PLACE". */
sealed interface ValueOrigin {

    /** Nobody gave a value. */
    record Default() implements ValueOrigin {
        @Override
        public String toString() {
            return "default";
        }
    }

    /** A line of the configuration file, counted from 1. */
    record FileLine(String file, int line) implements ValueOrigin {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    /** An environment variable. */
    record EnvironmentVariable(String name) implements ValueOrigin {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A command-line option. */
    record CommandLineOption(String name) implements ValueOrigin {
        @Override
        public String toString() {
            return name;
        }
    }
}
