package dev.microsandbox.mcp.transport.stdio;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import dev.microsandbox.mcp.transport.HttpServer;
import org.junit.jupiter.api.Test;

/** A client that starts a stdio server waits for it, so stdio must not load a web server. */
class StdioDependenciesTest {

    private static final String HELIDON = "io.helidon..";

    private final JavaClasses ours =
            new ClassFileImporter()
                    .withImportOption(new DoNotIncludeTests())
                    .importPackages("dev.microsandbox.mcp.transport", "dev.microsandbox.mcp.auth");

    @Test
    void stdioNeedsNoWebServer() {
        noClasses()
                .that()
                .areAssignableTo(StdioTransport.class)
                .should()
                .transitivelyDependOnClassesThat()
                .resideInAPackage(HELIDON)
                .check(ours);
    }

    @Test
    void theRuleWouldNoticeOne() {
        classes()
                .that()
                .areAssignableTo(HttpServer.class)
                .should()
                .transitivelyDependOnClassesThat()
                .resideInAPackage(HELIDON)
                .check(ours);
    }
}
