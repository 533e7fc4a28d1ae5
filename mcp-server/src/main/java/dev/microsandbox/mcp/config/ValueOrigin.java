package dev.microsandbox.mcp.config;

/** Where a value comes from; its text completes "… in PLACE". */
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

    /** A variable of the environment. */
    record Variable(String name) implements ValueOrigin {
        @Override
        public String toString() {
            return name;
        }
    }

    /** An option of the command line. */
    record Flag(String name) implements ValueOrigin {
        @Override
        public String toString() {
            return name;
        }
    }
}
