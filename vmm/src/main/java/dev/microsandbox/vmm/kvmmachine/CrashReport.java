package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.Registers;
import dev.microsandbox.vmm.kvm.Vcpu;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.util.HexFormat;
import java.util.OptionalLong;

/** Describes, as readable text, the state of a vCPU whose machine crashed. */
final class CrashReport {

    /** The longest instruction of x86 has 15 bytes. */
    private static final int INSTRUCTION_BYTES = 15;

    private CrashReport() {}

    /**
     * Describes a vCPU that is not running. Must be called on the vCPU's thread.
     *
     * @param reason why the machine cannot continue
     */
    static String of(int id, Vcpu vcpu, GuestMemory memory, String reason) {
        StringBuilder text = new StringBuilder("vCPU %d: %s\n".formatted(id, reason));
        try {
            Registers registers = vcpu.registers();
            text.append(registers)
                    .append('\n')
                    .append(vcpu.specialRegisters())
                    .append("\ncode at rip: ")
                    .append(code(vcpu, memory, registers.get("rip")));
        } catch (LinuxException e) {
            text.append("its registers cannot be read: ").append(e.getMessage());
        }
        // The guest's page tables may have been in what is missing, which is a triple fault.
        if (memory.isCut()) {
            text.append('\n').append(MachineEnd.words(MemoryFaultException.of(null)));
        }
        return text.toString();
    }

    private static String code(Vcpu vcpu, GuestMemory memory, long rip) throws LinuxException {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < INSTRUCTION_BYTES; i++) {
            OptionalLong address = vcpu.translate(rip + i);
            if (address.isEmpty()) {
                return bytes.append("(not mapped)").toString();
            }
            try {
                int value = memory.u8(address.getAsLong());
                bytes.append(HexFormat.of().toHexDigits((byte) value)).append(' ');
            } catch (GuestAddressException e) {
                return bytes.append("(not in RAM)").toString();
            } catch (MemoryFaultException e) {
                return bytes.append("(cannot be read)").toString();
            }
        }
        return bytes.toString().strip();
    }
}
