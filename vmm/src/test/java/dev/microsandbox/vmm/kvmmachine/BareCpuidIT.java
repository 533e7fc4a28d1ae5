package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.kvm.CpuidAllowList;
import dev.microsandbox.vmm.kvmmachine.Code.Register;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a guest reads when it executes CPUID itself. */
@Timeout(60)
class BareCpuidIT {

    /** A KVM without hardware support, which ignores what is set for leaves 1, 7 and 0xd. */
    private static final boolean FORCES_LEAVES = Files.exists(Path.of("/sys/module/kvm_pvm"));

    private static final int[] LEAVES =
            FORCES_LEAVES
                    ? new int[] {
                        0xa, 0x12, 0x14, 0x4000_0001, 0x8000_0001, 0x8000_000a, 0x8000_0022
                    }
                    : new int[] {
                        1,
                        7,
                        0xa,
                        0xd,
                        0x12,
                        0x14,
                        0x4000_0001,
                        0x8000_0001,
                        0x8000_000a,
                        0x8000_0022
                    };

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    @Test
    void theGuestSeesOnlyWhatIsAllowed() throws Exception {
        Code code = new Code();
        long at = BareMachine.DATA;
        for (int leaf : LEAVES) {
            code.mov(Register.RAX, leaf & 0xffff_ffffL).mov(Register.RCX, 0).raw(0x0f, 0xa2);
            // mov rdi, at; mov [rdi], eax; mov [rdi + 4], ebx; … ecx; … edx
            code.mov(Register.RDI, at)
                    .raw(0x89, 0x07)
                    .raw(0x89, 0x5f, 4)
                    .raw(0x89, 0x4f, 8)
                    .raw(0x89, 0x57, 12);
            at += 16;
        }
        ResultPort result = new ResultPort();
        try (BareMachine guest =
                BareMachine.start(ResultPort.report(code, 2 * LEAVES.length), result.range())) {
            assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
        }
        long[] words = result.words();
        assertThat(words).hasSize(2 * LEAVES.length);
        int seen = 0;
        for (int i = 0; i < LEAVES.length; i++) {
            CpuidAllowList.Bits bits =
                    CpuidAllowList.allowed(LEAVES[i], 0)
                            .orElse(new CpuidAllowList.Bits(0, 0, 0, 0));
            long low = words[2 * i];
            long high = words[2 * i + 1];
            String leaf = "leaf %x".formatted(LEAVES[i]);
            assertThat((int) low & ~bits.eax()).as("%s eax", leaf).isZero();
            assertThat((int) (low >>> 32) & ~bits.ebx()).as("%s ebx", leaf).isZero();
            // KVM itself sets OSXSAVE in leaf 1, when the guest does in its control register.
            assertThat((int) high & ~bits.ecx() & ~(LEAVES[i] == 1 ? 1 << 27 : 0))
                    .as("%s ecx", leaf)
                    .isZero();
            assertThat((int) (high >>> 32) & ~bits.edx()).as("%s edx", leaf).isZero();
            seen |= (int) (low | low >>> 32 | high | high >>> 32);
        }
        assertThat(seen).as("the guest did see something").isNotZero();
    }
}
