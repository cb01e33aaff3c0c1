/* The bundled TypeScript, read-only in the plugin's own file. */
	.section .rodata
	.global jz_program, jz_program_end
	.hidden jz_program, jz_program_end
jz_program:
	.incbin JZ_PROGRAM
jz_program_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
