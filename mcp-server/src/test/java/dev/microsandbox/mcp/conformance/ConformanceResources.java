package dev.microsandbox.mcp.conformance;

import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.spec.McpSchema.BlobResourceContents;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceContents;
import io.modelcontextprotocol.spec.McpSchema.ResourceTemplate;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.List;

/** The suite's resources. */
final class ConformanceResources {

    private static final String TEMPLATE = "test://template/{id}/data";

    private ConformanceResources() {}

    static List<SyncResourceSpecification> direct() {
        return List.of(
                resource(
                        "test://static-text",
                        "text/plain",
                        TextResourceContents.builder(
                                        "test://static-text",
                                        "This is the content of the static text resource.")
                                .mimeType("text/plain")
                                .build()),
                resource(
                        "test://static-binary",
                        "image/png",
                        BlobResourceContents.builder("test://static-binary", TestMedia.PNG)
                                .mimeType("image/png")
                                .build()),
                resource(
                        "test://watched-resource",
                        "text/plain",
                        TextResourceContents.builder("test://watched-resource", "Watched.")
                                .mimeType("text/plain")
                                .build()));
    }

    static List<SyncResourceTemplateSpecification> templates() {
        ResourceTemplate template =
                ResourceTemplate.builder(TEMPLATE, "template")
                        .description("A template")
                        .mimeType("application/json")
                        .build();
        return List.of(
                new SyncResourceTemplateSpecification(
                        template, (exchange, request) -> read(request.uri())));
    }

    private static ReadResourceResult read(String uri) {
        String id = uri.substring("test://template/".length(), uri.length() - "/data".length());
        String json =
                "{\"id\":\"%s\",\"templateTest\":true,\"data\":\"Data for ID: %s\"}"
                        .formatted(id, id);
        return result(TextResourceContents.builder(uri, json).mimeType("application/json").build());
    }

    private static SyncResourceSpecification resource(
            String uri, String type, ResourceContents contents) {
        Resource resource =
                Resource.builder(uri, uri.substring("test://".length()))
                        .description("Fixture " + uri)
                        .mimeType(type)
                        .build();
        return new SyncResourceSpecification(resource, (exchange, request) -> result(contents));
    }

    private static ReadResourceResult result(ResourceContents contents) {
        return ReadResourceResult.builder(List.of(contents)).build();
    }
}
