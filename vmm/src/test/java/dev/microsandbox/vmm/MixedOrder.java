package dev.microsandbox.vmm;

import java.util.Comparator;
import org.junit.jupiter.api.MethodDescriptor;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.MethodOrdererContext;

/**
 * Mixes the tests of several interfaces in the order that JUnit gives to the methods of one class.
 * The tests of a contract share a guest, so their order decides which of them pays for starting an
 * interpreter: each {@link KernelBudget.Work} was measured in this order.
 */
final class MixedOrder implements MethodOrderer {

    @Override
    public void orderMethods(MethodOrdererContext context) {
        context.getMethodDescriptors()
                .sort(
                        Comparator.comparingInt(
                                (MethodDescriptor test) -> test.getMethod().getName().hashCode()));
    }
}
