package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvm.SavedMsrs;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.Vm;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import dev.microsandbox.vmm.memory.MemoryImage;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One virtual machine on KVM: RAM, vCPUs, interrupt controllers (in the kernel), ports, virtio
 * devices. Thread-safe once created.
 *
 * <p>Life cycle: {@link #create} and {@link #start}, or {@link #restore} and {@link #begin}; then
 * one end, by {@link #stop}, by the guest's reset, or by a crash. The first end counts and stops
 * all vCPUs. The machine is then dismantled in the background, in the reverse order of its
 * assembly.
 */
final class Machine {

    private final MachineSetup setup;
    private final GuestMemory memory;
    private final Gate gate;
    private final List<Vcpu> vcpus = new ArrayList<>();
    private final List<VcpuThread> threads = new ArrayList<>();
    private final List<VirtioMmio> windows = new ArrayList<>();
    private final Vm vm;
    private final IoEvents events;
    private final IoThread io;

    /** Closed from last to first. */
    private final List<AutoCloseable> resources;

    private final CompletableFuture<MachineEnd> end = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> dismantled = new CompletableFuture<>();
    private boolean started; // guarded by this

    /**
     * Creates a machine that does not run yet.
     *
     * @param memory its RAM, which is closed with the machine, also if this method fails
     * @param files of its devices, closed likewise
     * @throws LinuxException if KVM refuses something; everything is closed then
     */
    static Machine create(
            MachineSetup setup, GuestMemory memory, List<? extends AutoCloseable> files)
            throws LinuxException {
        return make(
                setup,
                memory,
                files,
                (kvm, machine) ->
                        VcpuSetup.prepare(
                                machine.vcpus, kvm.supportedCpuid(), !setup.kernelModeEmulated()));
    }

    /**
     * Creates a machine that continues from a saved state after {@link #begin}.
     *
     * @param setup equal to that of the saved machine, except for names and files
     * @param memory with the saved content; it is closed with the machine, also if this method
     *     fails
     * @param files of its devices, closed likewise
     * @throws LinuxException if KVM refuses something; everything is closed then
     * @throws IllegalArgumentException if the state belongs to a machine with a different setup;
     *     everything is closed then
     */
    static Machine restore(
            MachineSetup setup,
            GuestMemory memory,
            List<? extends AutoCloseable> files,
            MachineState state)
            throws LinuxException {
        return make(
                setup,
                memory,
                files,
                (_, machine) -> {
                    VcpuSetup.restoreCpuid(machine.vcpus, state.vcpus());
                    machine.setState(state);
                });
    }

    /** Sets the initial state of an assembled machine. */
    private interface Preparation {
        void prepare(Kvm kvm, Machine machine) throws LinuxException;
    }

    private static Machine make(
            MachineSetup setup,
            GuestMemory memory,
            List<? extends AutoCloseable> files,
            Preparation preparation)
            throws LinuxException {
        List<AutoCloseable> resources = new ArrayList<>(files);
        resources.add(memory);
        MachineBuildEvent event = new MachineBuildEvent();
        event.startClock();
        try (Kvm kvm = Kvm.open(setup.kvm())) {
            IoEvents events = IoEvents.create();
            resources.add(events);
            Vm vm = kvm.createVm();
            resources.add(vm);
            event.vmCreated();
            Machine machine = new Machine(setup, memory, events, vm, resources);
            machine.assemble();
            event.assembled();
            preparation.prepare(kvm, machine);
            event.stateSet(setup.name());
            return machine;
        } catch (LinuxException | RuntimeException e) {
            Reaper.closeAll(resources);
            throw e;
        }
    }

    private Machine(
            MachineSetup setup,
            GuestMemory memory,
            IoEvents events,
            Vm vm,
            List<AutoCloseable> resources) {
        this.setup = setup;
        this.memory = memory;
        this.gate = new Gate(setup.vcpus() + 1);
        this.events = events;
        this.io = new IoThread(setup, events, gate, this::ioFailed);
        this.vm = vm;
        this.resources = resources;
    }

    private void assemble() throws LinuxException {
        vm.setTssAddress(GuestLayout.TSS);
        // Memory comes before the interrupt controllers, because afterwards KVM waits for a grace
        // period to add it.
        int slot = 0;
        for (GuestMemory.Region region : memory.regions()) {
            vm.setMemory(slot++, region.guestAddress(), region.segment());
        }
        vm.createIrqchip();
        Map<Integer, VirtioMmio> bySlot = new HashMap<>();
        for (int i = 0; i < setup.devices().size(); i++) {
            int index = setup.slots().get(i);
            VirtioMmio window = connect(setup.devices().get(i), index);
            windows.add(window);
            bySlot.put(index, window);
        }
        MmioBus mmio = new MmioBus(bySlot, setup.windows());
        List<PortBus.Range> ranges = new ArrayList<>(setup.ports());
        ranges.add(
                new PortBus.Range(
                        KeyboardController.FIRST_PORT,
                        KeyboardController.PORTS,
                        new KeyboardController(this::reset)));
        PortBus ports = new PortBus(ranges);
        for (int id = 0; id < setup.vcpus(); id++) {
            addVcpu(id, ports, mmio);
        }
    }

    private VirtioMmio connect(VirtioDevice device, int index) throws LinuxException {
        EventFd interrupt = keep(EventFd.create());
        vm.connectInterrupt(interrupt, GuestLayout.FIRST_VIRTIO_IRQ + index);
        device.onFault(this::ioFailed);
        VirtioMmio window = new VirtioMmio(device, memory, interrupt::signal, setup.log());
        long notify = GuestLayout.virtioMmio(index) + VirtioMmio.QUEUE_NOTIFY;
        for (int queue = 0; queue < window.queueCount(); queue++) {
            EventFd notification = keep(EventFd.create());
            vm.connectWrite(notification, notify, queue);
            int notified = queue;
            events.add(notification, () -> window.notified(notified));
        }
        return window;
    }

    private void addVcpu(int id, PortBus ports, MmioBus mmio) throws LinuxException {
        Vcpu vcpu = keep(vm.createVcpu(id));
        ExitHandler exits =
                new ExitHandler(
                        vcpu.state(),
                        ports,
                        mmio,
                        reason -> crashed(CrashReport.of(id, vcpu, memory, reason)),
                        this::reset);
        vcpus.add(vcpu);
        threads.add(new VcpuThread(setup, id, vcpu, exits, gate));
    }

    private <T extends AutoCloseable> T keep(T resource) {
        resources.add(resource);
        return resource;
    }

    /**
     * Starts the guest at its entry point. Called once.
     *
     * @throws LinuxException like {@link #begin}, or if KVM refuses the entry state
     */
    synchronized void start(EntryState entry) throws LinuxException {
        if (end.isDone()) {
            return;
        }
        VcpuSetup.enter(vcpus.getFirst(), entry);
        begin();
    }

    /**
     * Starts the threads, so that the guest runs from its current state. Called once.
     *
     * @throws LinuxException if the host refuses a thread; the machine then ends
     */
    synchronized void begin() throws LinuxException {
        if (end.isDone()) {
            return;
        }
        started = true;
        try {
            MachineThreads.start(setup.name(), io::start);
            for (VcpuThread thread : threads) {
                MachineThreads.start(setup.name(), thread::start);
            }
        } catch (LinuxException | RuntimeException | Error e) {
            stop();
            throw e;
        }
    }

    /**
     * Pauses all vCPUs between two instructions and all devices between two requests, until {@link
     * #resume}. When this returns true, no thread changes the guest's memory. Requests that the
     * guest has made of devices may still be pending. The machine must have been started.
     *
     * @return whether the machine is paused; false if it has ended
     */
    boolean pause() throws InterruptedException {
        gate.close();
        kick();
        io.wake();
        setup.devices().forEach(VirtioDevice::hold);
        return gate.awaitAll();
    }

    /** Lets vCPUs and devices continue. */
    void resume() {
        setup.devices().forEach(VirtioDevice::release);
        gate.open();
    }

    /** Receives the memory and the state of a paused machine. */
    @FunctionalInterface
    interface StateReceiver {
        void accept(GuestMemory memory, MachineState state) throws IOException;
    }

    /**
     * Passes the memory and the state of a paused machine to the receiver. The machine is not
     * dismantled meanwhile, even if it ends.
     *
     * @throws IOException if the machine has ended, KVM refuses something, or the receiver fails
     * @throws MemoryFaultException if the memory cannot be read; the machine ends
     */
    synchronized void save(StateReceiver receiver) throws IOException {
        requireAlive();
        try (Kvm kvm = Kvm.open(setup.kvm())) {
            receiver.accept(memory, StateTransfer.save(subject(), SavedMsrs.of(kvm.msrs())));
        } catch (MemoryFaultException e) {
            ioFailed(e);
            throw e;
        }
    }

    /**
     * Maps a snapshot that was just saved of the paused machine over its memory: see {@link
     * GuestMemory#rebaseOn}.
     *
     * @throws IOException if the machine has ended, or the host refuses something, in which case
     *     the machine ends
     */
    synchronized void rebaseOn(MemoryImage saved) throws IOException {
        requireAlive();
        try {
            memory.rebaseOn(saved);
        } catch (LinuxException | RuntimeException e) {
            crashed("its memory could not be mapped: " + e);
            throw e;
        }
    }

    /**
     * Checks that the machine can be put back to a saved state, which must come from a machine with
     * the same setup.
     *
     * @throws IllegalArgumentException if it cannot; says why
     */
    void requireFit(MemoryImage image, MachineState state) {
        if (image.size() != memory.size()) {
            throw new IllegalArgumentException(
                    "it has %d MiB of memory, not %d"
                            .formatted(image.size() >> 20, memory.size() >> 20));
        }
        StateTransfer.requireFit(subject(), state);
    }

    /**
     * Puts a paused machine back to a state that it, or another machine with the same setup, had
     * earlier. Neither a VM nor a thread is created or ended.
     *
     * @param state that was saved with the memory's image
     * @throws IOException if there are no mappings left, which changes nothing; if the machine has
     *     ended; or if the host refuses something, in which case the machine ends
     * @throws IllegalArgumentException see {@link #requireFit}; the machine is unchanged
     */
    synchronized void putBack(MemoryImage image, MachineState state) throws IOException {
        requireAlive();
        requireFit(image, state);
        memory.makeRoomFor(image);
        try {
            // Memory comes before the state, because the devices read their queues there.
            memory.resetTo(image);
            setState(state);
        } catch (LinuxException | RuntimeException e) {
            crashed("it could not be put back: " + MachineEnd.words(e));
            throw e;
        }
    }

    /** The size of its RAM, in bytes. */
    long memoryBytes() {
        return memory.size();
    }

    private void requireAlive() throws IOException {
        // If the machine ends later, dismantle() waits for this object's lock before it closes
        // anything.
        if (end.isDone()) {
            throw new IOException("the machine has ended");
        }
    }

    private void setState(MachineState state) throws LinuxException {
        StateTransfer.restore(subject(), state);
        // A notification may have been in flight when the state was saved.
        events.signalAll();
    }

    private StateTransfer.Subject subject() {
        return new StateTransfer.Subject(vm, vcpus, windows, setup.ports());
    }

    /** Ends the machine at once. Idempotent; does not wait for the threads. */
    void stop() {
        end(MachineEnd.STOPPED);
    }

    /**
     * Waits until the machine has ended and returns how; null if it has not ended after the
     * patience.
     */
    @Nullable MachineEnd awaitEnd(Duration patience) throws InterruptedException {
        try {
            return end.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Completes when all resources of the machine are closed. */
    CompletableFuture<@Nullable Void> dismantled() {
        return dismantled;
    }

    private void reset() {
        end(MachineEnd.RESET);
    }

    private void crashed(String report) {
        end(new MachineEnd(MachineEnd.Kind.CRASHED, report));
    }

    private void ioFailed(Throwable cause) {
        crashed("a device failed: " + MachineEnd.words(cause));
    }

    private void kick() {
        threads.forEach(VcpuThread::kick);
    }

    /**
     * Ends the machine, unless it has ended already. Any thread may call this, also the machine's
     * own.
     */
    private void end(MachineEnd how) {
        if (!end.complete(how)) {
            return;
        }
        gate.stop();
        kick();
        io.wake();
        // Wakes the threads that wait for a device, and keeps them from accessing guest memory from
        // now on.
        setup.devices().forEach(VirtioDevice::close);
        Reaper.submit(this::dismantle);
    }

    private void dismantle() {
        try {
            boolean running;
            synchronized (this) {
                running = started;
            }
            if (running) {
                for (VcpuThread thread : threads) {
                    thread.join();
                }
                io.join();
            }
            synchronized (this) {
                Reaper.closeAll(resources);
            }
            dismantled.complete(null);
        } catch (InterruptedException | RuntimeException e) {
            dismantled.completeExceptionally(e);
        }
    }
}
