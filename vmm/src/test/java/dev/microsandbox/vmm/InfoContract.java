package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.KernelBudget.Work;
import org.junit.jupiter.api.Test;

/** What a sandbox reports about itself. */
interface InfoContract extends ContractSandbox {

    @Test
    @Work(120)
    default void theGuestTellsAboutItself() throws Exception {
        SandboxInfo info = sandbox().info();
        assertThat(info.cpus()).isEqualTo(1);
        assertThat(info.hostName()).isEqualTo("contract");
        assertThat(info.memoryLimit()).isLessThan(info.memoryBytes());
        assertThat(info.memoryBytes()).isBetween(memoryBytes() / 4 * 3, memoryBytes());
        assertThat(info.diskBytes()).isPositive();
        assertThat(info.processLimit()).isPositive();
        assertThat(info.languages())
                .extracting(SandboxInfo.Language::name)
                .containsExactly("c", "cpp", "javascript", "python", "shell", "typescript");
        assertThat(info.languages())
                .filteredOn(l -> l.name().equals("python"))
                .first()
                .satisfies(l -> assertThat(l.version()).startsWith("3."))
                .satisfies(l -> assertThat(l.aliases()).contains("py"));
        // An earlier test may have used this language, but nothing of it runs between two calls.
        assertThat(info.languages().getFirst().running()).isFalse();
    }

    @Test
    @Work(170)
    default void aCompilersVersionIsThatOfItsProgram() throws Exception {
        assertThat(sandbox().info().languages().getFirst().version()).startsWith("gcc");
    }
}
