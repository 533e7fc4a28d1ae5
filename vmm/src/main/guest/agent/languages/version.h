/* The versions of the languages: asked of their interpreters once. */
#ifndef LANGUAGES_VERSION_H
#define LANGUAGES_VERSION_H

struct version_waiter {
	struct version_waiter *next;
	void (*known)(struct version_waiter *waiter);
};

/* Calls back when all versions are known, or cannot be: perhaps at once. */
void versions_await(struct version_waiter *waiter, void (*known)(struct version_waiter *waiter));
void versions_forget(struct version_waiter *waiter);

#endif
