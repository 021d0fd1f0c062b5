export {
  type CsvColumns,
  type CsvLayout,
  type CsvOptions,
  FIELDS as NOTE_FIELDS,
  readCsvHeader,
  readCsvLayout,
  readCsvRows,
} from './csv-rows.ts';
export { unzipped } from './decode.ts';
export { type Line, readLines, type StartingAt } from './line-reader.ts';
export { CSV_FILE_ENDINGS, findNoteFiles, NOTE_FILE_ENDINGS, type NoteFile, type NoteFileList } from './note-files.ts';
export {
  type LocatedRow,
  lineLimit,
  type MeasuredRow,
  type NoteRow,
  type RowOptions,
  type RowOrProblem,
  type RowProblem,
  readNoteFile,
  readRows,
  readText,
} from './note-rows.ts';
export { cutShort } from './problems.ts';
export { type NoteOrProblem, type ReadNote, toNote } from './read-notes.ts';
