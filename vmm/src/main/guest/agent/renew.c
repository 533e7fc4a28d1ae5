#include "renew.h"

#include "identity.h"
#include "language.h"
#include "loop.h"
#include "protocol.h"
#include "runner.h"
#include "stream.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static uint16_t status;
static char message[MESSAGE_MAX];
static struct timer patience;

static void fail(const char *what)
{
	status = (uint16_t)errno;
	snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
}

static void patience_ended(struct timer *timer)
{
	(void)timer; /* it is no longer set, which is what renew_is_over() looks at */
}

void renew_begin(const struct renewal *renewal)
{
	status = STATUS_OK;
	*message = '\0';
	streams_abandon();
	/* Entropy first: all that is drawn from here on is this machine's alone. */
	if (!identity_add_entropy(renewal->entropy))
		fail("cannot add entropy");
	else if (!identity_set_clock(renewal->clock))
		fail("cannot set the clock");
	else if (!identity_set_hostname(renewal->hostname))
		fail("cannot set the host name");
	identity_set_machine_id(renewal->machine_id.data);

	size_t count;
	struct language *all = languages(&count);
	for (size_t i = 0; i < count; i++)
		runner_renew(runner_of(&all[i]));
	timer_set(&patience, RENEW_MS, patience_ended);
}

bool renew_is_over(void)
{
	size_t count;
	struct language *all = languages(&count);
	bool over = true;
	for (size_t i = 0; i < count; i++)
		over &= runner_is_renewed(runner_of(&all[i]));
	if (!over && patience.set)
		return false;
	timer_clear(&patience);
	return true;
}

void renew_result(struct writer *writer)
{
	write_u16(writer, status);
	write_message(writer, message);
	write_u32(writer, streams_last_id());
}
