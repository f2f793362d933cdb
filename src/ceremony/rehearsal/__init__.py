"""The ceremony as a play: a stage (the sandbox, a project, a narrator) and acts by part."""
