package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The register window through which a driver finds and sets up a device: virtio over MMIO, version
 * 2 (virtio 1.2, section 4.2). Thread-safe.
 *
 * <p>A driver accesses registers with aligned accesses of 4 bytes, and the configuration space also
 * with 1 or 2 bytes. Any other access reads zeros and writes nothing. DRIVER_OK freezes the
 * driver's settings until it resets the device. Accesses to the interrupt status take no lock, so a
 * vCPU that handles an interrupt never waits for a working device.
 */
public final class VirtioMmio {

    /** Offset of the register to which a driver writes a queue's index to notify the device. */
    public static final int QUEUE_NOTIFY = MmioRegister.QUEUE_NOTIFY;

    /** The vendor id; no driver uses it. */
    private static final int VENDOR = 0x4258534d; // "MSXB"

    private static final int INTERRUPT_USED = 1;
    private static final int INTERRUPT_CONFIG = 2;

    private final VirtioDevice device;
    private final GuestMemory memory;
    private final InterruptLine line;
    private final FailureLog failures;
    private final AtomicInteger interruptStatus = new AtomicInteger();
    private final AtomicInteger generation = new AtomicInteger();

    /** Written with the device's lock held, and read with or without it. */
    private volatile int status;

    // Guarded by the device's lock.
    private int deviceFeaturesSelect;
    private int driverFeaturesSelect;
    private int queueSelect;
    private long driverFeatures;
    private List<QueueRegisters> registers;
    private List<Virtqueue> queues = List.of();

    /**
     * @param memory the guest's memory, which holds the queues
     * @param line the device's own interrupt line
     * @param log takes at most one line, which says why the device does not work any more
     */
    public VirtioMmio(
            VirtioDevice device, GuestMemory memory, InterruptLine line, Consumer<String> log) {
        this.device = device;
        this.memory = memory;
        this.line = line;
        this.failures = new FailureLog(device.type(), log);
        this.registers = freshRegisters();
    }

    /** The number of the device's queues. */
    public int queueCount() {
        return device.queueSizes().length;
    }

    /**
     * Returns what the driver reads.
     *
     * @param offset in the window, in bytes
     * @param size of the access, in bytes
     */
    public long read(long offset, int size) {
        if (offset == MmioRegister.INTERRUPT_STATUS && size == Integer.BYTES) {
            return interruptStatus.get();
        }
        device.lock.lock();
        try {
            if (offset >= MmioRegister.CONFIG) {
                return readConfig(offset - MmioRegister.CONFIG, size);
            }
            return isRegister(offset, size) ? readRegister((int) offset) & 0xffff_ffffL : 0;
        } catch (RuntimeException | Error e) {
            failures.failed("a read of register 0x" + Long.toHexString(offset), e);
            throw e;
        } finally {
            device.lock.unlock();
        }
    }

    /**
     * Handles a write by the driver.
     *
     * @param offset in the window, in bytes
     * @param size of the access, in bytes
     */
    public void write(long offset, int size, long value) {
        if (offset == MmioRegister.INTERRUPT_ACK && size == Integer.BYTES) {
            int acknowledged = (int) value;
            interruptStatus.getAndUpdate(pending -> pending & ~acknowledged);
            return;
        }
        device.lock.lock();
        try {
            if (offset >= MmioRegister.CONFIG) {
                writeConfig(offset - MmioRegister.CONFIG, size, value);
            } else if (isRegister(offset, size)) {
                writeRegister((int) offset, (int) value);
            }
        } catch (RuntimeException | Error e) {
            failures.failed("a write to register 0x" + Long.toHexString(offset), e);
            throw e;
        } finally {
            device.lock.unlock();
        }
    }

    /**
     * Serves a queue that the driver has notified. Only for the machine's I/O thread, which the
     * machine wakes when a vCPU writes to {@link #QUEUE_NOTIFY}.
     *
     * @return whether there is more to do after other devices had their turn
     */
    public boolean notified(int queue) {
        device.lock.lock();
        try {
            return queue < queues.size()
                    && registers.get(queue).isReady()
                    && device.notified(queue);
        } catch (RuntimeException | Error e) {
            failures.failed("queue " + queue, e);
            throw e;
        } finally {
            device.lock.unlock();
        }
    }

    private static boolean isRegister(long offset, int size) {
        return size == Integer.BYTES && (offset & 3) == 0;
    }

    private int readRegister(int offset) {
        return switch (offset) {
            case MmioRegister.MAGIC -> MmioRegister.MAGIC_VALUE;
            case MmioRegister.VERSION -> MmioRegister.VERSION_VALUE;
            case MmioRegister.DEVICE_ID -> device.type();
            case MmioRegister.VENDOR_ID -> VENDOR;
            case MmioRegister.DEVICE_FEATURES -> half(offered(), deviceFeaturesSelect);
            case MmioRegister.QUEUE_SIZE_MAX ->
                    isQueue(queueSelect) ? registers.get(queueSelect).largest() : 0;
            case MmioRegister.QUEUE_READY ->
                    isQueue(queueSelect) && registers.get(queueSelect).isReady() ? 1 : 0;
            case MmioRegister.STATUS -> status;
            case MmioRegister.CONFIG_GENERATION -> generation.get();
            // There are no shared memory regions, so the length is all ones (4.2.2.1).
            case MmioRegister.SHM_LENGTH_LOW, MmioRegister.SHM_LENGTH_HIGH -> -1;
            default -> 0;
        };
    }

    private void writeRegister(int offset, int value) {
        switch (offset) {
            case MmioRegister.STATUS -> writeStatus(value);
            case MmioRegister.DEVICE_FEATURES_SELECT -> deviceFeaturesSelect = value;
            case MmioRegister.DRIVER_FEATURES_SELECT -> driverFeaturesSelect = value;
            case MmioRegister.DRIVER_FEATURES -> {
                if ((status & DeviceStatus.FEATURES_OK) == 0) {
                    writeFeatures(value);
                }
            }
            case MmioRegister.QUEUE_SELECT -> queueSelect = value;
            case MmioRegister.QUEUE_SIZE,
                    MmioRegister.QUEUE_READY,
                    MmioRegister.QUEUE_DESC_LOW,
                    MmioRegister.QUEUE_DESC_HIGH,
                    MmioRegister.QUEUE_AVAIL_LOW,
                    MmioRegister.QUEUE_AVAIL_HIGH,
                    MmioRegister.QUEUE_USED_LOW,
                    MmioRegister.QUEUE_USED_HIGH -> {
                if (isQueue(queueSelect) && (status & DeviceStatus.DRIVER_OK) == 0) {
                    registers.get(queueSelect).write(offset, value);
                }
            }
            default -> {
                // A read-only or unknown register, or a notification of a queue that does not
                // exist. Notifications of existing queues go to their eventfds.
            }
        }
    }

    private void writeFeatures(int value) {
        if (driverFeaturesSelect == 0) {
            driverFeatures = (driverFeatures & ~0xffff_ffffL) | (value & 0xffff_ffffL);
        } else if (driverFeaturesSelect == 1) {
            driverFeatures = (driverFeatures & 0xffff_ffffL) | ((long) value << 32);
        }
    }

    private void writeStatus(int value) {
        if (value == 0) {
            reset();
            return;
        }
        int before = status;
        status = DeviceStatus.after(before, value, featuresAcceptable());
        if ((status & ~before & DeviceStatus.DRIVER_OK) != 0) {
            activate();
        }
    }

    private boolean featuresAcceptable() {
        return (driverFeatures & ~offered()) == 0
                && (driverFeatures & TransportFeature.VERSION_1) != 0;
    }

    private void activate() {
        activate(List.of());
    }

    /**
     * Creates the queues and starts the device, because the driver is ready.
     *
     * @param positions the saved positions of the queues; empty if they start fresh
     */
    private void activate(List<QueueState> positions) {
        boolean eventIndex = (driverFeatures & TransportFeature.EVENT_IDX) != 0;
        List<Virtqueue> made = new ArrayList<>();
        boolean valid = true;
        for (QueueRegisters queue : registers) {
            int index = made.size();
            boolean usable = queue.hasValidSize() && queue.place().isValid(memory);
            if (queue.isReady() && !usable) {
                valid = false;
                failures.queueBroken(index, queue.place().inWords());
            }
            Virtqueue virtqueue =
                    new Virtqueue(
                            memory,
                            usable && queue.isReady() ? queue.place() : QueuePlace.NONE,
                            eventIndex,
                            () -> interrupt(INTERRUPT_USED),
                            reason -> {
                                failures.queueBroken(index, reason);
                                needsReset();
                            });
            if (!positions.isEmpty()) {
                virtqueue.restore(positions.get(index));
            }
            made.add(virtqueue);
        }
        if (!valid) {
            needsReset();
            return;
        }
        queues = List.copyOf(made);
        device.activate(
                new Activation(
                        driverFeatures & ~TransportFeature.ALL, queues, this::configChanged));
    }

    /**
     * Saves the state of the window, the queues and the device. No thread may be serving the
     * device's queues.
     */
    public WindowState save() {
        device.lock.lock();
        try {
            List<QueueState> saved = new ArrayList<>();
            for (int i = 0; i < registers.size(); i++) {
                QueueState idle = registers.get(i).save();
                saved.add(queues.isEmpty() ? idle : queues.get(i).save(idle));
            }
            return new WindowState(
                    status,
                    driverFeatures,
                    deviceFeaturesSelect,
                    driverFeaturesSelect,
                    queueSelect,
                    interruptStatus.get(),
                    generation.get(),
                    !queues.isEmpty(),
                    saved,
                    device.save());
        } finally {
            device.lock.unlock();
        }
    }

    /**
     * Restores a state that {@link #save} returned. The guest's memory must hold the content of
     * that moment. The machine then notifies all queues, because a notification may have been in
     * flight. {@link #raiseAgain} does the same for interrupts.
     *
     * @throws IllegalArgumentException if it is the state of another kind of device
     */
    public void restore(WindowState state) {
        device.lock.lock();
        try {
            int[] sizes = device.queueSizes();
            if (state.queues().size() != sizes.length) {
                throw new IllegalArgumentException(
                        "a device with %d queues does not have the %d of the state"
                                .formatted(sizes.length, state.queues().size()));
            }
            reset();
            List<QueueRegisters> restored = new ArrayList<>();
            for (int i = 0; i < sizes.length; i++) {
                restored.add(QueueRegisters.restored(sizes[i], state.queues().get(i)));
            }
            registers = List.copyOf(restored);
            driverFeatures = state.driverFeatures();
            deviceFeaturesSelect = state.deviceFeaturesSelect();
            driverFeaturesSelect = state.driverFeaturesSelect();
            queueSelect = state.queueSelect();
            if (state.active()) {
                activate(state.queues());
            }
            device.restore(state.device());
            status = state.status();
            interruptStatus.set(state.interruptStatus());
            generation.set(state.generation());
        } finally {
            device.lock.unlock();
        }
    }

    /**
     * Interrupts the guest again if it has not acknowledged the last interrupt. A worker of the
     * host's kernel delivers an eventfd's signal to the interrupt controller, so the controller may
     * have been saved before the last interrupt reached it. A spurious interrupt does no harm.
     */
    public void raiseAgain() {
        if (interruptStatus.get() != 0) {
            line.raise();
        }
    }

    private void reset() {
        device.reset();
        queues = List.of();
        registers = freshRegisters();
        status = 0;
        driverFeatures = 0;
        deviceFeaturesSelect = 0;
        driverFeaturesSelect = 0;
        queueSelect = 0;
        interruptStatus.set(0);
    }

    private void needsReset() {
        status |= DeviceStatus.NEEDS_RESET;
        configChanged();
    }

    private void configChanged() {
        generation.incrementAndGet();
        interrupt(INTERRUPT_CONFIG);
    }

    private void interrupt(int cause) {
        interruptStatus.getAndUpdate(pending -> pending | cause);
        line.raise();
    }

    private long readConfig(long offset, int size) {
        byte[] config = device.config();
        if (!isConfigAccess(config.length, offset, size)) {
            return 0;
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (config[(int) offset + i] & 0xffL) << (8 * i);
        }
        return value;
    }

    private void writeConfig(long offset, int size, long value) {
        if (!isConfigAccess(device.config().length, offset, size)) {
            return;
        }
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        device.writeConfig((int) offset, bytes);
    }

    private static boolean isConfigAccess(int length, long offset, int size) {
        return (size == 1 || size == 2 || size == 4)
                && offset % size == 0
                && offset <= length - size;
    }

    private boolean isQueue(int index) {
        return index >= 0 && index < registers.size();
    }

    private long offered() {
        return device.features() | TransportFeature.ALL;
    }

    private static int half(long whole, int select) {
        return select == 0 ? (int) whole : select == 1 ? (int) (whole >>> 32) : 0;
    }

    private List<QueueRegisters> freshRegisters() {
        return Arrays.stream(device.queueSizes()).mapToObj(QueueRegisters::new).toList();
    }
}
