/* What every process that the plugin starts is given of it, opened once. */
#ifndef JZ_CHILD_SETUP_H
#define JZ_CHILD_SETUP_H

struct jz_child_setup {
	int program_fd; /* the bundled program in a sealed memfd */
	int scripts_fd; /* the companion's, in another */
	int stream_fd; /* that of the companion which stores events, in another; empty where there is no such thing */
	int imports_fd; /* the import map of operators' modules, in another */
	int library_fd; /* this plugin's own file */
	int lifeline[2]; /* a pipe that ends with this process */
};
#define JZ_NO_CHILD_SETUP { -1, -1, -1, -1, -1, { -1, -1 } }

/* 0 or -errno; on failure nothing is left open. */
int jz_child_setup_open(struct jz_child_setup *setup);
void jz_child_setup_close(struct jz_child_setup *setup);

#endif
