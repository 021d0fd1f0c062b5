/** Tag group whose spans are event triggers; its labels are event types. */
export const TRIGGER_GROUP = 'trigger';

/** Tag group whose spans are clinical facts: problems, medications, doses, ... */
export const ENTITY_GROUP = 'entity';

/** Tag groups that give entities a value, word by word, and are no spans of their own: the axes of an assertion. */
export const AXIS_GROUPS = ['certainty', 'time', 'subject', 'action'] as const;

/** An axis of an assertion. */
export type Axis = (typeof AXIS_GROUPS)[number];

/** Whether a group's tags are values of an axis. */
export const isAxisGroup = (name: string): boolean => (AXIS_GROUPS as readonly string[]).includes(name);

/** Whether a group's spans are triggers or arguments of events. */
export const isEventGroup = (name: string): boolean => name !== ENTITY_GROUP && !isAxisGroup(name);
