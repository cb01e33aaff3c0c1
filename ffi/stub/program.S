/* The bundled TypeScript of the child and of its companions, and the import map for operators' modules,
 * read-only in the plugin's own file. */
	.section .rodata
	.global jz_program, jz_program_end, jz_scripts, jz_scripts_end, jz_stream, jz_stream_end, jz_imports, jz_imports_end
	.hidden jz_program, jz_program_end, jz_scripts, jz_scripts_end, jz_stream, jz_stream_end, jz_imports, jz_imports_end
jz_program:
	.incbin JZ_PROGRAM
jz_program_end:
	.byte 0
jz_scripts:
	.incbin JZ_SCRIPTS
jz_scripts_end:
	.byte 0
jz_stream:
#ifdef JZ_STREAM
	.incbin JZ_STREAM
#endif
jz_stream_end:
	.byte 0
jz_imports:
	.incbin JZ_IMPORTS
jz_imports_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
