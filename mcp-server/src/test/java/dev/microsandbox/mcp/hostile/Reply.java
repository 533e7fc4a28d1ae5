package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.endtoend.HttpClientSession;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The outcome of a call.
 *
 * @param answer the answer; null if the call was cancelled or failed
 * @param took the time from the request to the end of its response
 * @param host the canary's longest call in the meantime
 * @param failure why there is no answer; empty otherwise
 */
record Reply(
        HttpClientSession.@Nullable Answer answer, Duration took, Duration host, String failure) {

    boolean isResult() {
        return answer != null && !answer.isError();
    }

    /** A fact of the result; empty if the result does not have it. */
    String fact(String name) {
        if (answer == null) {
            return "";
        }
        JsonNode structured = answer.result().path("structuredContent");
        return structured.path(name).asString("");
    }

    /** How long the code or command itself ran according to the result; zero if it does not say. */
    Duration ran() {
        double seconds =
                answer == null
                        ? 0
                        : answer.result().path("structuredContent").path("seconds").asDouble(0);
        return Duration.ofMillis((long) (seconds * 1000));
    }

    boolean hasNotice() {
        return !fact("notice").isEmpty();
    }

    String text() {
        if (answer == null) {
            return failure;
        }
        String text = answer.text();
        return text.length() <= 2000 ? text : text.substring(0, 2000) + "…";
    }
}
