package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.kvm.Cpuid;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.kvm.SavedMsrs;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.kvm.Vm;
import dev.microsandbox.vmm.linux.EventFd;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryImage;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One virtual machine on KVM: RAM, vCPUs, interrupt controllers (in the kernel), ports, virtio
 * devices. Thread-safe once made.
 *
 * <p>Life: {@link #create}, {@link #start}, and an end: by {@link #stop}, by the guest's reset, or
 * by a crash. Whichever comes first counts and stops all vCPUs; then the machine is dismantled in
 * the background, in the reverse of the order in which it was made.
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

    /** To be closed last to first. */
    private final List<AutoCloseable> resources;

    private final CompletableFuture<MachineEnd> end = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> dismantled = new CompletableFuture<>();
    private boolean started; // guarded by this

    /**
     * Makes a machine that does not run yet.
     *
     * @param memory its RAM, which is closed with it, also where making it fails
     * @param files of its devices, likewise
     * @throws LinuxException if KVM refuses something; nothing is left then
     */
    static Machine create(
            MachineSetup setup, GuestMemory memory, List<? extends AutoCloseable> files)
            throws LinuxException {
        return make(
                setup,
                memory,
                files,
                (kvm, machine) -> {
                    Cpuid supported = kvm.supportedCpuid();
                    for (int id = 0; id < setup.vcpus(); id++) {
                        boolean hypercalls = !setup.kernelModeEmulated();
                        VcpuSetup.prepare(
                                machine.vcpus.get(id),
                                GuestCpuid.of(supported, id, setup.vcpus(), hypercalls));
                    }
                });
    }

    /**
     * Makes a machine that goes on from a state once it is begun.
     *
     * @param setup as that of the machine that was saved, names and files aside
     * @param memory as it was then, which is closed with it, also where making it fails
     * @param files of its devices, likewise
     * @throws LinuxException if KVM refuses something; nothing is left then
     * @throws IllegalArgumentException if the state is that of a machine made otherwise; likewise
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
                    // First of all: it decides which registers and MSRs there are.
                    for (int id = 0; id < setup.vcpus() && id < state.vcpus().size(); id++) {
                        machine.vcpus.get(id).setCpuid(state.vcpus().get(id).cpuid());
                    }
                    machine.setState(state);
                });
    }

    /** What a machine that is assembled gets to begin with. */
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
        // Memory before the interrupt controllers: afterwards KVM waits for a grace period.
        int slot = 0;
        for (GuestMemory.Region region : memory.regions()) {
            vm.setMemory(slot++, region.guestAddress(), region.segment());
        }
        vm.createIrqchip();
        for (VirtioDevice device : setup.devices()) {
            windows.add(connect(device, windows.size()));
        }
        MmioBus mmio = new MmioBus(windows, setup.slots());
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
     * Lets the guest begin. Once.
     *
     * @throws LinuxException as {@link #begin}, or if KVM refuses the state
     */
    synchronized void start(EntryState entry) throws LinuxException {
        if (end.isDone()) {
            return;
        }
        VcpuSetup.enter(vcpus.getFirst(), entry);
        begin();
    }

    /**
     * Lets the guest of a machine that was restored go on. Once.
     *
     * @throws LinuxException if the host refuses a thread: then the machine ends
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
     * Holds all vCPUs between two instructions and all devices between two requests, until {@link
     * #resume}. From then on nobody changes the guest's memory. What the guest has asked of devices
     * by then may not be done yet. The machine has been begun.
     *
     * @return whether they are held; false if the machine has ended
     */
    boolean pause() throws InterruptedException {
        gate.close();
        kick();
        io.wake();
        setup.devices().forEach(VirtioDevice::hold);
        return gate.awaitAll();
    }

    /** Lets them go on. */
    void resume() {
        setup.devices().forEach(VirtioDevice::release);
        gate.open();
    }

    /** Who takes what a machine is. */
    @FunctionalInterface
    interface Taker {
        void take(GuestMemory memory, MachineState state) throws IOException;
    }

    /**
     * Hands out memory and state of a machine that is paused. It is not dismantled meanwhile,
     * whatever ends it.
     *
     * @throws IOException if it has ended, KVM refuses something, or the taker fails
     */
    synchronized void save(Taker taker) throws IOException {
        requireAlive();
        try (Kvm kvm = Kvm.open(setup.kvm())) {
            taker.take(memory, StateTransfer.save(subject(), SavedMsrs.of(kvm.msrs())));
        }
    }

    /**
     * Maps what was just saved of a paused machine over its memory: see {@link GuestMemory#settle}.
     *
     * @throws IOException if it has ended, or the host refuses something: then it ends
     */
    synchronized void settle(MemoryImage saved) throws IOException {
        requireAlive();
        try {
            memory.settle(saved);
        } catch (LinuxException | RuntimeException e) {
            crashed("its memory could not be mapped: " + e);
            throw e;
        }
    }

    /**
     * Whether the machine can be put back to this: it is one that was made as this one is.
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
     * Makes a paused machine what it, or another that was made as it is, was at some time. No VM
     * and no thread is made or ended.
     *
     * @param state that was saved with the memory's image
     * @throws IOException if it has ended, or the host refuses something: then it ends
     * @throws IllegalArgumentException see {@link #requireFit}; the machine is as it was
     */
    synchronized void putBack(MemoryImage image, MachineState state) throws IOException {
        requireAlive();
        requireFit(image, state);
        try {
            // Memory before the state: the devices look at their queues there.
            memory.become(image);
            setState(state);
        } catch (LinuxException | RuntimeException e) {
            crashed("it could not be put back: " + e);
            throw e;
        }
    }

    /** Size of its RAM. */
    long memoryBytes() {
        return memory.size();
    }

    private void requireAlive() throws IOException {
        // An end that comes later waits for this lock before it closes anything.
        if (end.isDone()) {
            throw new IOException("the machine has ended");
        }
    }

    private void setState(MachineState state) throws LinuxException {
        StateTransfer.restore(subject(), state);
        // A notification may have been on its way when the state was saved.
        events.signalAll();
    }

    private StateTransfer.Subject subject() {
        return new StateTransfer.Subject(vm, vcpus, windows, setup.ports());
    }

    /** Ends the machine at once. Idempotent, and does not wait. */
    void stop() {
        end(MachineEnd.STOPPED);
    }

    /** How the machine ended, waiting for it if need be; null after the patience. */
    @Nullable MachineEnd awaitEnd(Duration patience) throws InterruptedException {
        try {
            return end.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Completes when nothing is left of the machine. */
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
        crashed("a device failed: " + cause);
    }

    private void kick() {
        threads.forEach(VcpuThread::kick);
    }

    /** The first end counts. From any thread, the machine's own included. */
    private void end(MachineEnd how) {
        if (!end.complete(how)) {
            return;
        }
        gate.stop();
        kick();
        io.wake();
        // Who waits for a device learns of the end now, and touches guest memory no more.
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
