package dev.microsandbox.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxJobs;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The numbers of the agent protocol are defined in three places: the agent's {@code protocol.h},
 * the host's {@link Protocol} and public types, and docs/agent-protocol.md. The document says which
 * side uses a number; every number of a side must be in the document, and the other way round.
 */
class ProtocolTest {

    private static final Path AGENT = Path.of("src/main/guest/agent/protocol/protocol.h");
    private static final Path HOST = Path.of("src/main/java/dev/microsandbox/vmm");
    private static final Path DOCUMENT = Path.of("../docs/agent-protocol.md");

    @Test
    void theAgentHasTheDocumentsNumbers() throws IOException {
        assertThat(agent())
                .containsExactlyInAnyOrderEntriesOf(ProtocolDocument.read(DOCUMENT).of("agent"));
    }

    @Test
    void theHostHasTheDocumentsNumbers() throws IOException {
        assertThat(host())
                .containsExactlyInAnyOrderEntriesOf(ProtocolDocument.read(DOCUMENT).of("host"));
    }

    @Test
    void everyKindOfNumberIsCompared() throws IOException {
        assertThat(ProtocolDocument.read(DOCUMENT).of("host"))
                .containsEntry("PROTOCOL_VERSION", "4")
                .containsEntry("FRAME_RENEWED", "14")
                .containsEntry("CHANNEL_CODE", "4")
                .containsEntry("STATUS_CHANGED", "4102")
                .containsEntry("OPERATION_INFO_NOW", "20")
                .containsEntry("WRITE_EXCLUSIVE", "4")
                .containsEntry("RECORD_ENTRY", "5")
                .containsEntry("INTERPRETER_REPLACED_AFTER_MEMORY_KILL", "3")
                .containsEntry("STALE_MAX", "8388608");
        assertThat(ProtocolDocument.read(DOCUMENT).of("agent"))
                .containsEntry("RUNNER_EXITING", "19")
                .containsEntry("MODE_MAX", "4095")
                .containsEntry("STREAM_ID_MAX", "2147483647")
                .containsEntry("TO_END", "-1");
    }

    @Test
    void readsTheValuesThatSourcesHave() {
        assertThat(value("0x1006")).isEqualTo("4102");
        assertThat(value("07777")).isEqualTo("4095");
        assertThat(value("(8u << 20)")).isEqualTo("8388608");
        assertThat(value("0x7fffffffu")).isEqualTo("2147483647");
        assertThat(value("8 * 1024 * 1024")).isEqualTo("8388608");
        assertThat(value("65_536")).isEqualTo("65536");
        assertThat(value("-1L")).isEqualTo("-1");
        assertThat(value("UINT64_MAX")).isEqualTo("-1");
        assertThat(value("\"a/b\"")).isEqualTo("a/b");
        assertThatThrownBy(() -> value("OTHER + 1")).isInstanceOf(AssertionError.class);
    }

    private static Map<String, String> agent() throws IOException {
        String source =
                Files.readString(AGENT).replaceAll("(?s)/\\*.*?\\*/", "").replace("\\\n", " ");
        Map<String, String> numbers = new TreeMap<>();
        Matcher define = Pattern.compile("(?m)^#define (\\w+) +(.+?) *$").matcher(source);
        while (define.find()) {
            put(numbers, define.group(1), value(define.group(2)));
        }
        Matcher enumeration = Pattern.compile("(?s)\\benum \\w+ \\{(.*?)\\}").matcher(source);
        while (enumeration.find()) {
            for (String enumerator : enumeration.group(1).split(",", -1)) {
                if (enumerator.isBlank()) {
                    continue;
                }
                // A value that the compiler assigns could change when a line is moved.
                String[] parts = enumerator.split("=");
                assertThat(parts).as(enumerator).hasSize(2);
                put(numbers, parts[0].strip(), value(parts[1]));
            }
        }
        return numbers;
    }

    private static Map<String, String> host() throws IOException {
        Map<String, String> numbers = constants("agent/Protocol.java");
        constants("GuestException.java")
                .forEach(
                        (name, value) -> {
                            // Smaller statuses are values of Linux's errno.
                            if (!name.equals("serialVersionUID")
                                    && Integer.parseInt(value) >= 0x1000) {
                                put(numbers, "STATUS_" + name, value);
                            }
                        });
        put(numbers, "EXIT_", 0, Exit.Kind.values());
        put(numbers, "OUTCOME_", 0, RunResult.Outcome.values());
        put(numbers, "STATE_", 0, RunResult.State.values());
        put(numbers, "INTERPRETER_", 0, RunResult.Interpreter.values());
        put(numbers, "USER_", 0, ExecRequest.User.values());
        put(numbers, "FILE_TYPE_", 1, FileStat.Type.values());
        put(numbers, "TO_END", Long.toString(SandboxFiles.TO_END));
        put(numbers, "JOB_LABEL_MAX", Integer.toString(SandboxJobs.MAX_LABEL));
        put(numbers, "JOB_READ_MAX", Integer.toString(SandboxJobs.MAX_READ));
        put(numbers, "JOB_WAIT_MAX", Long.toString(SandboxJobs.MAX_WAIT.toMillis()));
        put(numbers, "JOB_LOG_HEAD", Long.toString(SandboxJobs.LOG_HEAD));
        put(numbers, "PORT_NAME", GuestMachine.AGENT_PORT);
        return numbers;
    }

    private static Map<String, String> constants(String file) throws IOException {
        Map<String, String> numbers = new TreeMap<>();
        Matcher constant =
                Pattern.compile("(?s)\\bstatic final (?:int|long|String) (\\w+) = (.*?);")
                        .matcher(Files.readString(HOST.resolve(file)));
        while (constant.find()) {
            put(numbers, constant.group(1), value(constant.group(2)));
        }
        assertThat(numbers).as(file).isNotEmpty();
        return numbers;
    }

    private static void put(
            Map<String, String> numbers, String prefix, int first, Enum<?>[] values) {
        for (int i = 0; i < values.length; i++) {
            put(numbers, prefix + values[i].name(), Integer.toString(first + i));
        }
    }

    private static void put(Map<String, String> numbers, String name, String value) {
        assertThat(numbers.put(name, value)).as("an earlier value of " + name).isNull();
    }

    /** The value of a literal, a shift or a product, of C or Java. */
    private static String value(String expression) {
        String text = expression.strip();
        if (text.startsWith("\"") && text.endsWith("\"")) {
            return text.substring(1, text.length() - 1);
        }
        if (text.startsWith("(") && text.endsWith(")")) {
            return value(text.substring(1, text.length() - 1));
        }
        if (text.contains("<<")) {
            String[] sides = text.split("<<", -1);
            return Long.toString(number(sides[0]) << number(sides[1]));
        }
        long product = 1;
        for (String factor : text.split("\\*", -1)) {
            product *= number(factor);
        }
        return Long.toString(product);
    }

    private static long number(String literal) {
        String text = literal.strip().replace("_", "");
        if (text.equals("UINT64MAX")) {
            return -1;
        }
        assertThat(text).as(literal).matches("-?(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*");
        return Long.decode(text.replaceAll("[uUlL]+$", ""));
    }
}
