/* The virtio-console port that leads to the host. */
#ifndef CONNECTION_PORT_H
#define CONNECTION_PORT_H

/*
 * Finds and opens the port, and waits until the host has opened its side. I/O on it never blocks.
 */
int port_open(void);

#endif
