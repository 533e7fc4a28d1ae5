package dev.microsandbox.vmm;

import dev.microsandbox.vmm.KernelBudget.Work;
import org.junit.jupiter.api.Test;

/** Jobs, which outlive the call that starts them; {@link JobChecks} has the details. */
interface JobContract extends ContractSandbox {

    @Test
    @Work(20)
    default void aJobOutlivesTheCallThatStartedIt() throws Exception {
        jobs().outlivesTheCallThatStartedIt();
    }

    @Test
    @Work(20)
    default void whoWaitsForAJobGetsNewsAtOnce() throws Exception {
        jobs().whoWaitsGetsNewsAtOnce();
    }

    @Test
    @Work(110)
    default void aJobIsStoppedWithAllThatItStarted() throws Exception {
        jobs().isStoppedWithAllThatItStarted();
    }

    @Test
    @Work(45)
    default void whatAJobLeavesRunningIsStillItsOwn() throws Exception {
        jobs().whatItLeavesRunningIsStillItsOwn();
    }

    @Test
    @Work(900)
    default void aJobsLogIsBounded() throws Exception {
        jobs().itsLogIsBounded();
    }

    @Test
    @Work(350)
    default void aJobThatCannotBeSaysWhy() throws Exception {
        jobs().whatCannotBeSaysWhy();
    }

    @Test
    @Work(3000)
    default void manyJobsLeaveNothing() throws Exception {
        jobs().manyLeaveNothing();
    }

    private JobChecks jobs() {
        return new JobChecks(sandbox(), slowness());
    }
}
