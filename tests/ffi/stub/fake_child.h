/* What the supervisor's test tells its stand-in for Deno: how to start (a file beside the
 * configuration), and by the kind of each record what to do. */
#ifndef JZ_FAKE_CHILD_H
#define JZ_FAKE_CHILD_H

#define ORDERS "orders"
#define PARTING 6000

enum fake_kind {
	FAKE_ECHO = 100, /* sends FAKE_ECHOED with the same request number */
	FAKE_EXIT, /* exits with code 3 while it handles the record */
	FAKE_HANG, /* never ends handling it */
	FAKE_SPOIL_DOWN, /* overwrites the down ring's records, and crashes */
	FAKE_SPOIL_TAIL, /* the same with its tail */
	FAKE_SPOIL_HEADER, /* overwrites the whole header with the request number, and crashes */
	FAKE_SPOIL_UP, /* overwrites the up ring with what is no record, and goes on */
	FAKE_NONSENSE, /* sends a kind that nobody knows, and goes on */
	FAKE_PRINT, /* prints as many lines as the request number says */
	FAKE_PRINT_LONG, /* prints as many lines as the request number says, each of three pieces of the log's */
	FAKE_REPORT, /* logs its descriptors, environment and signals */
	FAKE_TAKE, /* takes the up ring and does not give it back */
	FAKE_PARTING, /* sends PARTING times FAKE_ECHOED, numbered from 1, and crashes */
	FAKE_ECHOED = 50,
};

#endif
