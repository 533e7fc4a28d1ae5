package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * How long the tests of a class may take if KVM emulates the guest's kernel mode. Each test
 * declares its cost in {@link Work}. Essential tests always run. Then the others run, the cheapest
 * first, as long as all of them fit into the time at the measured speed. The rest is skipped by
 * name. On other hosts, or with MICROSANDBOX_SLOW_TESTS=true, all tests run.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KernelBudget.Gate.class)
public @interface KernelBudget {

    /** Seconds for the whole class, if other processes use half of the guest's core. */
    int seconds();

    /**
     * The cost of what is done before the first test, for example the machine's boot, in {@link
     * Work}'s unit.
     */
    int start() default 0;

    /** The cost of a test, or of a class that runs as a whole or not at all. */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @interface Work {

        /** Millions of instructions of the guest's kernel, as {@link Gate} prints them. */
        int value();

        /** Whether the test runs even on the slowest host. */
        boolean essential() default false;
    }

    /** Decides whether a test runs, and prints the cost of each test. */
    final class Gate
            implements ExecutionCondition, BeforeTestExecutionCallback, AfterTestExecutionCallback {

        private static final String SLOW_TESTS = "MICROSANDBOX_SLOW_TESTS";

        private static final Path PROCESS = Path.of("/proc/self/stat");

        /** The length of a clock tick, the unit of /proc/PID/stat, which is 10 ms. */
        private static final double TICK_NANOS = 1e7;

        private double before;

        record Declared(String name, int millions, boolean essential) {}

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            KernelBudget budget =
                    AnnotationSupport.findAnnotation(
                                    context.getRequiredTestClass(), KernelBudget.class)
                            .orElseThrow();
            if (!HostSpeed.emulatesKernelMode()
                    || Boolean.parseBoolean(System.getenv(SLOW_TESTS))) {
                return ConditionEvaluationResult.enabled("all tests run");
            }
            Class<?> type = context.getRequiredTestClass();
            String name =
                    context.getTestMethod().map(m -> m.getName()).orElse(type.getSimpleName());
            List<Declared> all = declared(type);
            boolean whole = all.getFirst().name().equals(type.getSimpleName());
            if (whole == context.getTestMethod().isPresent()) {
                return ConditionEvaluationResult.enabled("decided for the class or its tests");
            }
            double nanos = HostSpeed.kvm().kernelModeNanos();
            Set<String> chosen = choose(all, budget.start(), budget.seconds(), nanos);
            if (chosen.contains(name)) {
                return ConditionEvaluationResult.enabled("within the budget");
            }
            String reason =
                    "skipped: this KVM emulates the guest's kernel mode, %.0f ns an instruction: beyond the %d s for %s; %s=true runs it"
                            .formatted(nanos, budget.seconds(), type.getSimpleName(), SLOW_TESTS);
            System.err.println("[kvm] " + name + " " + reason);
            return ConditionEvaluationResult.disabled(reason);
        }

        /** Chooses the essential tests, then the cheapest that fit with half of a core. */
        static Set<String> choose(List<Declared> all, int start, int seconds, double nanos) {
            Set<String> chosen = new HashSet<>();
            double left = seconds * 1e3 / (2 * nanos) - start;
            for (Declared each :
                    all.stream()
                            .sorted(
                                    Comparator.comparing((Declared one) -> !one.essential())
                                            .thenComparingInt(Declared::millions)
                                            .thenComparing(Declared::name))
                            .toList()) {
                left -= each.millions();
                if (each.essential() || left >= 0) {
                    chosen.add(each.name());
                }
            }
            return chosen;
        }

        /** The class itself if it declares its work, otherwise its tests. */
        static List<Declared> declared(Class<?> type) {
            List<Declared> all = new ArrayList<>();
            AnnotationSupport.findAnnotation(type, Work.class)
                    .ifPresent(
                            work ->
                                    all.add(
                                            new Declared(
                                                    type.getSimpleName(),
                                                    work.value(),
                                                    work.essential())));
            if (all.isEmpty()) {
                ReflectionSupport.findMethods(
                                type,
                                method ->
                                        AnnotationSupport.isAnnotated(
                                                method, org.junit.jupiter.api.Test.class),
                                HierarchyTraversalMode.TOP_DOWN)
                        .forEach(method -> all.add(declared(method, method.getName())));
            }
            return all;
        }

        private static Declared declared(AnnotatedElement element, String name) {
            Work work =
                    AnnotationSupport.findAnnotation(element, Work.class)
                            .orElseThrow(
                                    () ->
                                            new IllegalStateException(
                                                    name + " does not declare its @Work"));
            return new Declared(name, work.value(), work.essential());
        }

        @Override
        public void beforeTestExecution(ExtensionContext context) {
            before = kernelNanos();
        }

        @Override
        public void afterTestExecution(ExtensionContext context) {
            if (HostSpeed.emulatesKernelMode()) {
                double nanos = kernelNanos() - before;
                System.err.printf(
                        Locale.ROOT,
                        "[kvm] %s: %.0f million instructions of the guest's kernel, %.1f s at %.0f ns%n",
                        context.getDisplayName(),
                        nanos / HostSpeed.kvm().kernelModeNanos() / 1e6,
                        nanos / 1e9,
                        HostSpeed.kvm().kernelModeNanos());
            }
        }

        /**
         * The time that this process has spent in the host's kernel, most of it to emulate the
         * guest's.
         */
        private static double kernelNanos() {
            try {
                String stat = Files.readString(PROCESS);
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                return Long.parseLong(fields[12]) * TICK_NANOS;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
