package dev.microsandbox.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogTailTest {

    /** Whatever the guest wrote, the lines are safe to show on a terminal. */
    @FuzzTest
    void anyBytesAreLinesWithoutControlCharacters(byte[] bytes) {
        LogTail log = new LogTail();
        log.append(bytes, bytes.length);
        assertThat(log.lastLines().chars()).allMatch(c -> c == '\n' || !Character.isISOControl(c));
        assertThat(log.lastLines().lines().count()).isLessThanOrEqualTo(12);
    }

    @Test
    void keepsTheLastLines() {
        LogTail log = new LogTail();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append("line ").append(i).append('\n');
        }
        log.drain(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)));
        assertThat(log.lastLines()).startsWith("line 19988\n").endsWith("line 19999");
    }

    @Test
    void isEmptyAtFirstAndDropsControlCharacters() {
        LogTail log = new LogTail();
        assertThat(log.lastLines()).isEmpty();
        byte[] bytes = "a\u001b[31mred\r\n\u0000b\n".getBytes(StandardCharsets.UTF_8);
        log.append(bytes, bytes.length);
        assertThat(log.lastLines()).isEqualTo("a[31mred\nb");
    }
}
