/* The virtio-console port that leads to the host. */
#ifndef CONNECTION_PORT_H
#define CONNECTION_PORT_H

/* Finds and opens the port and waits until the host has its side open. Non-blocking. */
int port_open(void);

#endif
