package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorShareTest {

    /** Longer than the time between two looks at the record. */
    private static final Duration ROUND = Duration.ofMillis(25);

    @TempDir Path directory;

    @Test
    void aThreadThatUsedMuchWhileOthersWaitedPauses() throws Exception {
        Path record = directory.resolve("schedstat");
        ProcessorShare share = new ProcessorShare(record);
        paced(share, record, "0 0 1");
        assertThat(paced(share, record, "9000000000 9000000000 1"))
                .isGreaterThanOrEqualTo(Duration.ofMillis(40));
    }

    @Test
    void aKernelWithoutARecordPausesNobody() throws Exception {
        ProcessorShare share = new ProcessorShare(directory.resolve("nothing"));
        Thread.sleep(ROUND);
        share.pace();
        Path record = directory.resolve("schedstat");
        assertThat(paced(new ProcessorShare(record), record, "not a number")).isPositive();
    }

    /** This kernel has the record, and a thread that computes finds its time there. */
    @Test
    void theKernelsRecordGrows() throws IOException {
        Path record = Path.of("/proc/thread-self/schedstat");
        long before = Long.parseLong(Files.readString(record).split(" ", 2)[0]);
        long value = 1;
        while (Long.parseLong(Files.readString(record).split(" ", 2)[0]) - before < 5_000_000) {
            value = value * 31 + 7;
        }
        assertThat(value).isNotZero();
    }

    private static Duration paced(ProcessorShare share, Path record, String use) throws Exception {
        Files.writeString(record, use);
        Thread.sleep(ROUND);
        long since = System.nanoTime();
        share.pace();
        return Duration.ofNanos(System.nanoTime() - since);
    }
}
