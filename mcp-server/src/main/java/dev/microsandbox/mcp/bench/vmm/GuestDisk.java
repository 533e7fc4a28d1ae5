package dev.microsandbox.mcp.bench.vmm;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Measures the guest's disk from inside. Reads a large, contiguous file of the root file system
 * with O_DIRECT, bypassing the guest's page cache, so that each read is a request to the disk
 * device.
 */
final class GuestDisk {

    private static final int SEQUENTIAL_READS = 8;
    private static final int RANDOM_READS = 100;

    private static final String PROGRAM =
            """
            import glob, mmap, os, random, time
            name = max(glob.glob('/usr/lib/x86_64-linux-gnu/*.so*'), key=os.path.getsize)
            size = os.path.getsize(name)
            fd = os.open(name, os.O_RDONLY | os.O_DIRECT)
            large, small = mmap.mmap(-1, 1 << 20), mmap.mmap(-1, 4096)
            large.write(bytes(1 << 20))
            chunks = size >> 20
            start = time.perf_counter()
            for i in range(%d):
                assert os.preadv(fd, [large], i %% chunks << 20) == 1 << 20
            middle = time.perf_counter()
            places = random.Random(1)
            for i in range(%d):
                assert os.preadv(fd, [small], places.randrange(size >> 12) << 12) == 4096
            end = time.perf_counter()
            print(middle - start, end - middle)
            """
                    .formatted(SEQUENTIAL_READS, RANDOM_READS);

    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private GuestDisk() {}

    /**
     * The read speed.
     *
     * @param mebibytes MiB per second by sequential reads of 1 MiB
     * @param smallReads reads of 4 KiB per second at random positions
     */
    record Speed(double mebibytes, double smallReads) {}

    static Speed measure(Sandbox sandbox) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Exit exit =
                sandbox.exec(
                        ExecRequest.of("python3", "-c", PROGRAM).withTimeout(TIMEOUT),
                        new OutputListener() {
                            @Override
                            public void stdout(byte[] bytes) {
                                out.writeBytes(bytes);
                            }

                            @Override
                            public void stderr(byte[] bytes) {
                                err.writeBytes(bytes);
                            }
                        });
        if (!exit.isSuccess()) {
            throw new IOException(
                    "the guest's disk could not be read: " + err.toString(StandardCharsets.UTF_8));
        }
        List<Double> seconds =
                List.of(out.toString(StandardCharsets.UTF_8).strip().split(" ", -1)).stream()
                        .map(Double::valueOf)
                        .toList();
        return new Speed(SEQUENTIAL_READS / seconds.getFirst(), RANDOM_READS / seconds.getLast());
    }
}
