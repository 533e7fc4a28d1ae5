package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.transport.KeptSession;
import dev.microsandbox.mcp.transport.SessionKeeper;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Sessions over HTTP that wait for the next start, beside the state of their computers. */
record SuspendedSessions(SandboxSessions sessions) implements SessionKeeper {

    private static final Logger log = LoggerFactory.getLogger(SuspendedSessions.class);

    private static final JsonMapper JSON = JsonMapper.shared();

    @Override
    public void opened(KeptSession session) {
        sessions.remember(session.id(), JSON.writeValueAsString(session));
    }

    @Override
    public boolean keep(KeptSession session) {
        return sessions.keep(session.id(), JSON.writeValueAsString(session));
    }

    @Override
    public Optional<KeptSession> find(String sessionId) {
        try {
            return sessions.kept(sessionId).map(note -> JSON.readValue(note, KeptSession.class));
        } catch (JacksonException e) {
            log.warn("A suspended session cannot be read", e);
            return Optional.empty();
        }
    }
}
