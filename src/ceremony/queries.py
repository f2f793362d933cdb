"""Every GraphQL document that is sent to GitHub, as text.

They stand together so that a test can hold each against GitHub's published schema, and so that the
sandbox answers exactly these fields.
"""

from __future__ import annotations

_CONTEXT = """
fragment Context on StatusCheckRollupContext {
  __typename
  ... on CheckRun {
    databaseId
    name
    status
    conclusion
    startedAt
    url
    checkSuite {
      status
      conclusion
      app { databaseId slug }
      branch { name }
      workflowRun { databaseId event file { path } workflow { name resourcePath } }
    }
  }
  ... on StatusContext {
    context
    state
    createdAt
    targetUrl
    creator { __typename login }
  }
}
"""

_EVIDENCE = (
    """
fragment Evidence on Commit {
  oid
  messageHeadline
  parents(first: 10) { nodes { oid } }
  statusCheckRollup {
    contexts(first: 100) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...Context }
    }
  }
}
"""
    + _CONTEXT
)

STANDING = (
    """
query Standing(
  $owner: String!, $name: String!, $main: String!, $latest: String!, $compared: String!,
  $config: String!, $misnamed: String!, $below: String!, $page: Int!, $before: String
) {
  repository(owner: $owner, name: $name) {
    id
    databaseId
    nameWithOwner
    config: object(expression: $config) {
      __typename
      ... on Blob { byteSize isBinary isTruncated text }
    }
    misnamed: object(expression: $misnamed) { oid }
    main: ref(qualifiedName: $main) { target { __typename oid } }
    latest: ref(qualifiedName: $latest) {
      target { __typename oid ...Evidence }
      refUpdateRule { pattern viewerCanPush }
      rules(first: 50) { nodes { type repositoryRuleset { name } } }
      compare(headRef: $compared) {
        status
        aheadBy
        behindBy
        baseTarget { oid }
        headTarget { oid }
        commits(last: $page, before: $before) {
          pageInfo { hasPreviousPage startCursor }
          nodes { ...Evidence }
        }
      }
    }
    below: refs(refPrefix: $below, first: 1) { nodes { name } }
  }
}
"""
    + _EVIDENCE
)
"""Where both branches are, what stands between them, newest commits last, and what was proven."""

LINE = (
    """
query Line($owner: String!, $name: String!, $oid: GitObjectID!, $page: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) {
      ... on Commit {
        history(first: $page, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes { ...Evidence }
        }
      }
    }
  }
}
"""
    + _EVIDENCE
)
"""A commit and its ancestors, newest first: where there is no latest yet to compare with."""

STRAYS = """
query Strays($owner: String!, $name: String!, $main: String!, $latest: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $main) {
      compare(headRef: $latest) {
        aheadBy
        commits(last: 20) { nodes { oid messageHeadline } }
      }
    }
  }
}
"""
"""What latest holds and main lacks, the newest last."""

CONTEXTS = (
    """
query Contexts($owner: String!, $name: String!, $oid: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) {
      ... on Commit {
        statusCheckRollup {
          contexts(first: 100, after: $after) {
            totalCount
            pageInfo { hasNextPage endCursor }
            nodes { ...Context }
          }
        }
      }
    }
  }
}
"""
    + _CONTEXT
)
"""A further page of what was reported on one commit."""

CONFIRM = (
    """
query Confirm(
  $owner: String!, $name: String!, $main: String!, $latest: String!, $config: String!,
  $target: GitObjectID!, $old: String!, $new: String!
) {
  repository(owner: $owner, name: $name) {
    config: object(expression: $config) {
      __typename
      ... on Blob { byteSize isBinary isTruncated text }
    }
    main: ref(qualifiedName: $main) { target { oid } }
    latest: ref(qualifiedName: $latest) { target { oid } }
    target: object(oid: $target) {
      ...Evidence
      ... on Commit {
        checkSuites(first: 100) {
          nodes {
            status
            conclusion
            app { databaseId slug }
            branch { name }
            workflowRun { databaseId event file { path } workflow { name resourcePath } }
          }
        }
      }
    }
    old: object(expression: $old) { oid }
    new: object(expression: $new) { oid }
  }
}
"""
    + _EVIDENCE
)
"""The chosen commit once more, and both ends' workflow folders: read just before the move."""

REFERENCE = """
query Reference($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    id
    ref(qualifiedName: $ref) { target { __typename oid } }
  }
}
"""
"""Where one ref is."""

MOVE = """
mutation Move($repository: ID!, $updates: [RefUpdate!]!) {
  updateRefs(input: { repositoryId: $repository, refUpdates: $updates }) { clientMutationId }
}
"""
"""Several refs at once: all or none, and none unless each is where it was seen."""

_PEELED = """
fragment Peeled on GitObject {
  oid
  ... on Tag { target { oid ... on Tag { target { oid ... on Tag { target { oid } } } } } }
}
"""

GROUNDS = (
    """
query Grounds(
  $owner: String!, $name: String!, $source: String!, $commit: GitObjectID!, $channel: String!,
  $rival: String!, $nested: String!, $prefix: String!, $config: String!, $page: Int!,
  $after: String
) {
  repository(owner: $owner, name: $name) {
    id
    config: object(expression: $config) { oid }
    rival: ref(qualifiedName: $rival) { target { oid } }
    nested: refs(refPrefix: $nested, first: 1) { nodes { name } }
    branches: refs(refPrefix: "refs/heads/", query: $prefix, first: 100) { nodes { name } }
    source: ref(qualifiedName: $source) { target { ...Peeled } }
    commit: object(oid: $commit) { __typename oid }
    channel: ref(qualifiedName: $channel) {
      target { ...Peeled }
      compare(headRef: $source) {
        status
        aheadBy
        headTarget { ...Peeled }
        commits(last: $page) { nodes { oid messageHeadline } }
      }
    }
    tags: refs(refPrefix: "refs/tags/", query: $prefix, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { name target { ...Peeled } }
    }
    latestRelease { databaseId tagName }
  }
}
"""
    + _PEELED
)
"""All that a publication stands on: its source, its channel's plain tag, its tags, the latest."""

DOCUMENTS = {
    "Standing": STANDING,
    "Line": LINE,
    "Strays": STRAYS,
    "Contexts": CONTEXTS,
    "Confirm": CONFIRM,
    "Reference": REFERENCE,
    "Grounds": GROUNDS,
    "Move": MOVE,
}
"""All of them by the name of their operation."""
