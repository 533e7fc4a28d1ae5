#include "machine/renew.h"

#include "languages/language.h"
#include "machine/identity.h"
#include "protocol/protocol.h"
#include "protocol/text.h"
#include "runners/call.h"
#include "streams/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Returns what failed, with errno, or NULL. */
static const char *become_another(const struct renewal *renewal)
{
	/* Entropy first, so that no clone draws the same random numbers from here on. */
	if (!identity_add_entropy(renewal->entropy))
		return "cannot add entropy";
	if (!identity_set_clock(renewal->clock))
		return "cannot set the clock";
	if (!identity_set_hostname(renewal->hostname))
		return "cannot set the host name";
	identity_set_machine_id(renewal->machine_id.data);
	languages_set_ready_time(renewal->ready);
	return NULL;
}

void renew_machine(const struct renewal *renewal, struct writer *answer)
{
	streams_abandon();
	const char *failure = become_another(renewal);
	int error = failure ? errno : 0;
	char message[MESSAGE_MAX] = "";
	if (failure)
		snprintf(message, sizeof message, "%s: %s", failure, strerror(error));
	write_u16(answer, failure ? (uint16_t)error : STATUS_OK);
	write_message(answer, message);
	write_u32(answer, streams_last_id());
	size_t count;
	struct language *all = languages(&count);
	for (size_t i = 0; i < count; i++)
		runner_renew(runner_of(&all[i]));
}
