package dev.microsandbox.mcp.tools.code;

import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.RunLimits;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.vmm.SandboxInfo.Language;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The languages that {@code run_code} offers to a namespace. This is no barrier: with {@code
 * run_command}, a session runs whatever its image has.
 */
final class OfferedLanguages {

    private OfferedLanguages() {}

    /**
     * Checks that a language is offered.
     *
     * @param name one of its names
     * @throws ToolException if it is not; the message lists those that are
     */
    static void check(String name, SandboxLease lease) throws InterruptedException {
        RunLimits limits = lease.terms().runs();
        if (limits.offers(name)) {
            return;
        }
        // It may be another name of one that is offered. Only the image knows the other names.
        List<Language> offered =
                lease.sandbox().info().languages().stream()
                        .filter(language -> limits.offers(language.name(), language.aliases()))
                        .toList();
        if (offered.stream().noneMatch(language -> isCalled(language, name))) {
            throw new ToolException(
                    "The language %s is not offered here. There are: %s."
                            .formatted(
                                    name,
                                    offered.isEmpty()
                                            ? "none"
                                            : offered.stream()
                                                    .map(Language::name)
                                                    .collect(Collectors.joining(", "))));
        }
    }

    private static boolean isCalled(Language language, String name) {
        return language.name().equalsIgnoreCase(name)
                || language.aliases().stream().anyMatch(name::equalsIgnoreCase);
    }
}
