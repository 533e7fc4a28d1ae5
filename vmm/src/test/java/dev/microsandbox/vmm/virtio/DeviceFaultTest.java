package dev.microsandbox.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.memory.FileMemory;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import dev.microsandbox.vmm.virtio.TestDriver.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Devices in whose work the guest's memory is gone: from its beginning, with the rings, or from
 * where the buffers begin.
 */
@Timeout(30)
@SuppressWarnings("NullAway.Init") // made before each test
class DeviceFaultTest {

    private static final long BUFFERS = TestDriver.BUFFERS;
    private static final int CONSOLE_TRANSMIT = 1;
    private static final int CONTROL_TRANSMIT = 3;
    private static final int AGENT_RECEIVE = 4;
    private static final int AGENT_TRANSMIT = 5;

    @TempDir Path directory;

    private FileMemory file;

    @BeforeEach
    void setUp() throws Exception {
        file = FileMemory.create(directory.resolve("memory"), 4 << 20);
    }

    @AfterEach
    void tearDown() {
        file.close();
    }

    enum Request {
        BLOCK_READ,
        BLOCK_WRITE,
        BLOCK_NAME,
        CONSOLE_OUTPUT,
        CONSOLE_CONTROL,
        ENTROPY,
        BALLOON_INFLATE
    }

    /** A request whose buffers are gone, or whose rings are gone too. */
    @ParameterizedTest
    @EnumSource
    void aRequestEndsTheMachine(Request request) throws Exception {
        for (long left : new long[] {BUFFERS, 0}) {
            try (FileMemory guest = FileMemory.create(directory.resolve("guest" + left), 4 << 20);
                    BlockFile disk =
                            BlockFile.writable(
                                    Files.write(directory.resolve("disk"), new byte[8192]))) {
                TestDriver driver =
                        new TestDriver(device(request, guest, disk), guest.memory).initialize();
                int queue = add(request, driver);
                guest.truncate(left);
                assertThatExceptionOfType(MemoryFaultException.class)
                        .isThrownBy(() -> driver.ring(queue).kick());
                assertThat(driver.log)
                        .singleElement()
                        .asString()
                        .contains("queue " + queue + " failed: its memory cannot be accessed");
            }
        }
    }

    private static VirtioDevice device(Request request, FileMemory guest, BlockFile disk) {
        return switch (request) {
            case BLOCK_READ, BLOCK_WRITE, BLOCK_NAME -> new Block(disk, "x", _ -> {});
            case CONSOLE_OUTPUT, CONSOLE_CONTROL -> new Console("x", _ -> {});
            case ENTROPY -> new Entropy();
            case BALLOON_INFLATE -> new Balloon(guest.memory);
        };
    }

    /** Makes a request without notifying the device, and returns its queue. */
    private static int add(Request request, TestDriver driver) {
        Buffer header = Buffer.readable(BUFFERS, 16);
        Buffer status = Buffer.writable(BUFFERS + 0x100, 1);
        driver.memory.putU32(BUFFERS, type(request));
        return switch (request) {
            case BLOCK_READ -> {
                driver.ring(0).add(header, Buffer.writable(BUFFERS + 0x1000, 4096), status);
                yield 0;
            }
            case BLOCK_WRITE -> {
                driver.ring(0).add(header, Buffer.readable(BUFFERS + 0x1000, 4096), status);
                yield 0;
            }
            case BLOCK_NAME -> {
                driver.ring(0).add(header, Buffer.writable(BUFFERS + 0x1000, 20), status);
                yield 0;
            }
            case CONSOLE_OUTPUT -> {
                driver.ring(CONSOLE_TRANSMIT).add(Buffer.readable(BUFFERS, 5000));
                yield CONSOLE_TRANSMIT;
            }
            case CONSOLE_CONTROL -> {
                driver.ring(CONTROL_TRANSMIT).add(Buffer.readable(BUFFERS, 8));
                yield CONTROL_TRANSMIT;
            }
            case ENTROPY -> {
                driver.ring(0).add(Buffer.writable(BUFFERS, 64));
                yield 0;
            }
            case BALLOON_INFLATE -> {
                driver.ring(0).add(Buffer.readable(BUFFERS, 40));
                yield 0;
            }
        };
    }

    private static int type(Request request) {
        return switch (request) {
            case BLOCK_WRITE -> BlockProtocol.OUT;
            case BLOCK_NAME -> BlockProtocol.GET_ID;
            default -> BlockProtocol.IN;
        };
    }

    /** The header and the status are there; only the data's pages are not. */
    @ParameterizedTest
    @ValueSource(ints = {BlockProtocol.IN, BlockProtocol.OUT})
    void dataThatIsGoneIsNoErrorOfTheDisk(int type) throws Exception {
        List<String> complaints = new ArrayList<>();
        try (BlockFile disk =
                BlockFile.writable(Files.write(directory.resolve("disk"), new byte[1 << 16]))) {
            TestDriver driver =
                    new TestDriver(new Block(disk, "x", complaints::add), file.memory).initialize();
            driver.memory.putU32(BUFFERS, type);
            Buffer data =
                    type == BlockProtocol.IN
                            ? Buffer.writable(BUFFERS + 0x1000, 0x8000)
                            : Buffer.readable(BUFFERS + 0x1000, 0x8000);
            driver.ring(0)
                    .add(Buffer.readable(BUFFERS, 16), data, Buffer.writable(BUFFERS + 0x100, 1));
            // The kernel moves the first pages, and meets the end in the middle.
            file.truncate(BUFFERS + 0x4000);
            assertThatExceptionOfType(MemoryFaultException.class)
                    .isThrownBy(() -> driver.ring(0).kick());
            assertThat(complaints).isEmpty();
        }
    }

    /** A balloon only gives pages back, so that of what it lists nothing is touched. */
    @Test
    void pagesThatAreGoneCanBeReported() throws Exception {
        TestDriver driver = new TestDriver(new Balloon(file.memory), file.memory).initialize();
        file.truncate(BUFFERS);
        assertThat(driver.ring(2).request(Buffer.writable(BUFFERS, 0x4000))).hasSize(1);
    }

    /** The host's threads for the agent are none of the machine's: they tell it. */
    @Test
    void theAgentsReaderEndsTheMachine() throws Exception {
        Console console = new Console("x", _ -> {});
        List<MemoryFaultException> told = new ArrayList<>();
        console.onFault(told::add);
        TestDriver driver = new TestDriver(console, file.memory).initialize();
        driver.ring(AGENT_TRANSMIT).add(Buffer.readable(BUFFERS, 100));
        file.truncate(BUFFERS);
        assertThat(console.fromAgent().read(new byte[10])).isEqualTo(-1);
        assertThat(told).hasSize(1);
    }

    @Test
    void theAgentsWriterEndsTheMachine() throws Exception {
        for (long left : new long[] {BUFFERS, 0}) {
            try (FileMemory guest = FileMemory.create(directory.resolve("guest" + left), 4 << 20)) {
                Console console = new Console("x", _ -> {});
                List<MemoryFaultException> told = new ArrayList<>();
                console.onFault(told::add);
                TestDriver driver = new TestDriver(console, guest.memory).initialize();
                driver.memory.putU32(BUFFERS, 1);
                driver.memory.putU32(BUFFERS + 4, ControlMessage.PORT_OPEN | 1 << 16);
                driver.ring(CONTROL_TRANSMIT).request(Buffer.readable(BUFFERS, 8));
                driver.ring(AGENT_RECEIVE).add(Buffer.writable(BUFFERS + 0x1000, 100));
                guest.truncate(left);
                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> console.toAgent().write(new byte[200]))
                        .withMessage("the machine has ended");
                assertThat(told).hasSize(1);
            }
        }
    }

    /** Going on with a chain that was partly read reads the rings. */
    @Test
    void aRestoredDeviceMeetsTheFault() throws Exception {
        Console console = new Console("x", _ -> {});
        TestDriver driver = new TestDriver(console, file.memory).initialize();
        driver.ring(AGENT_TRANSMIT).add(Buffer.readable(BUFFERS, 100));
        assertThat(console.fromAgent().read(new byte[10])).isEqualTo(10);
        WindowState state = driver.window.save();
        file.truncate(0);
        assertThatExceptionOfType(MemoryFaultException.class)
                .isThrownBy(() -> driver.window.restore(state));
    }
}
