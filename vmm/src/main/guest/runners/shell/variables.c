#include "variables.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"

enum { MOST_VARIABLES = 200, SUMMARY_LIMIT = 200, NAME_LIMIT = 1000 };

static char *initial;

/* Bash's own variables, which change by themselves. */
static const char *const automatic[] = {
        "_",          "BASHOPTS", "BASHPID",       "BASH_ARGC", "BASH_ARGV",   "BASH_COMMAND",
        "BASH_LINENO", "BASH_SOURCE", "COLUMNS",   "DIRSTACK",  "EPOCHREALTIME", "EPOCHSECONDS",
        "FUNCNAME",   "LINENO",   "LINES",         "OLDPWD",    "OPTIND",      "PIPESTATUS",
        "PWD",        "RANDOM",   "SECONDS",       "SHELLOPTS", "SRANDOM",
};

static char *read_listing(int listing)
{
	struct stat status;
	if (fstat(listing, &status) < 0) {
		return NULL;
	}
	size_t size = (size_t)status.st_size;
	char *text = malloc(size + 2);
	if (text == NULL) {
		return NULL;
	}
	text[0] = '\n'; /* so that a newline precedes every line */
	ssize_t count = pread(listing, text + 1, size, 0);
	text[1 + (count < 0 ? 0 : count)] = 0;
	return text;
}

void variables_remember(int listing)
{
	initial = read_listing(listing);
}

static bool is_automatic(const char *name)
{
	for (size_t i = 0; i < sizeof automatic / sizeof *automatic; i++) {
		if (strcmp(name, automatic[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether the fresh shell had this line. It begins with the preceding newline. */
static bool is_initial(const char *line, size_t length)
{
	const char *found = initial;
	while (found != NULL && (found = memmem(found, strlen(found), line, length)) != NULL) {
		if (found[length] == '\n') {
			return true;
		}
		found++;
	}
	return false;
}

static const char *type_of(const char *flags)
{
	if (strchr(flags, 'A') != NULL) {
		return "associative array";
	}
	if (strchr(flags, 'a') != NULL) {
		return "array";
	}
	if (strchr(flags, 'i') != NULL) {
		return "integer";
	}
	return strchr(flags, 'x') != NULL ? "exported" : "string";
}

/* The length of a summary of at most SUMMARY_LIMIT bytes that ends with a whole character. */
static size_t summary_length(const char *value, size_t length)
{
	if (length <= SUMMARY_LIMIT) {
		return length;
	}
	length = SUMMARY_LIMIT;
	while (length > 0 && ((unsigned char)value[length] & 0xc0) == 0x80) {
		length--;
	}
	return length;
}

/* Reports one line: declare FLAGS NAME[=VALUE]. Returns false if it is not a variable to list. */
static bool report_line(char *line, uint32_t id)
{
	static const char prefix[] = "declare -";
	if (strncmp(line, prefix, sizeof prefix - 1) != 0) {
		return false;
	}
	char *flags = line + sizeof prefix - 1;
	char *name = strchr(flags, ' ');
	if (name == NULL) {
		return false;
	}
	*name++ = 0;
	char *value = strchr(name, '=');
	if (value != NULL) {
		*value++ = 0;
	}
	if (is_automatic(name) || strlen(name) > NAME_LIMIT) {
		return false;
	}
	size_t length = value == NULL ? 0 : strlen(value);
	/* A plain value is in quotes, an array in parentheses. */
	bool quoted = length >= 2 && value[0] == '"';
	control_variable(id, name, type_of(flags), quoted ? length - 2 : length,
	                 value == NULL ? "" : value, summary_length(value == NULL ? "" : value, length));
	return true;
}

void variables_report(int listing, uint32_t id)
{
	char *text = read_listing(listing);
	int count = 0;
	for (char *line = text; line != NULL && line[1] != 0 && count < MOST_VARIABLES;) {
		char *end = strchr(line + 1, '\n');
		size_t length = end == NULL ? strlen(line) : (size_t)(end - line);
		bool own = !is_initial(line, length);
		if (own && end != NULL) {
			*end = 0;
		}
		if (own && report_line(line + 1, id)) {
			count++;
		}
		if (end != NULL) {
			*end = '\n';
		}
		line = end;
	}
	free(text);
}
