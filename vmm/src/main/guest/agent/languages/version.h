/* The versions of the languages. Each language's version command runs once. */
#ifndef LANGUAGES_VERSION_H
#define LANGUAGES_VERSION_H

struct version_waiter {
	struct version_waiter *next;
	void (*known)(struct version_waiter *waiter);
};

/* Calls known when every version command has ended, possibly before it returns. */
void versions_await(struct version_waiter *waiter, void (*known)(struct version_waiter *waiter));
void versions_forget(struct version_waiter *waiter);

#endif
