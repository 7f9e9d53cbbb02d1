"""Files and commits through the API: what the seeder writes and a pipeline's source action reads."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import PurePosixPath

from fmops.local.context import caller
from fmops.local.registry import AwsError, Params, operation
from fmops.local.services.codecommit.git import FILE_MODES, MODES, Entry, Git, GitError
from fmops.local.services.codecommit.repositories import find, writing

MOST_FILES = 100
LARGEST_FILE = 6 * 2**20
LARGEST_COMMIT = 20 * 2**20
SHA = re.compile(r"[0-9a-f]{40}")
Changes = dict[str, tuple[str, str] | None]


def _path(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or {"..", ".", ".git"} & set(path.split("/")) or "//" in path:
        raise AwsError("InvalidPathException", f"The path {path!r} is not valid.")
    return "/".join(parts)


def _parent(git: Git, branch: str, given: str | None) -> str | None:
    """The commit to build on; AWS asks for it so that nobody's work is overwritten."""
    tip = git.branches().get(branch)
    if tip is None and git.branches():
        raise AwsError("BranchDoesNotExistException", f"Branch {branch} does not exist")
    if tip is None:
        return None
    if not given:
        raise AwsError("ParentCommitIdRequiredException", "A parent commit ID is required: the branch has commits.")
    if not SHA.fullmatch(given):
        raise AwsError("InvalidParentCommitIdException", f"{given!r} is not a full commit ID.")
    if git.line("cat-file", "-t", given) != "commit":
        raise AwsError("ParentCommitDoesNotExistException", f"The parent commit {given} does not exist.")
    if given != tip:
        raise AwsError(
            "ParentCommitIdOutdatedException",
            f"The parent commit ID {given} is not the tip of {branch} ({tip}). Use the current tip.",
        )
    return tip


def _check_entries(params: Params) -> None:
    lists = [params.get(name, []) for name in ("putFiles", "deleteFiles", "setFileModes")]
    paths = [entry["filePath"] for entry in chain(*lists)]
    if not paths:
        raise AwsError("FileEntryRequiredException", "At least one file to put, to delete or to set the mode of.")
    if len(paths) > MOST_FILES:
        raise AwsError(
            "MaximumFileEntriesExceededException",
            f"A commit has {MOST_FILES} file entries at most; this one has {len(paths)}. Make several commits.",
        )
    if len(set(paths)) < len(paths):
        again = next(path for path in paths if paths.count(path) > 1)
        raise AwsError("SamePathRequestException", f"The path {again} is named more than once.")
    for entry in params.get("putFiles", []):
        if "fileContent" in entry and "sourceFile" in entry:
            raise AwsError(
                "FileContentAndSourceFileSpecifiedException", f"{entry['filePath']}: content or source file."
            )
        if "fileContent" not in entry and "sourceFile" not in entry:
            raise AwsError("SourceFileOrContentRequiredException", f"{entry['filePath']}: no content, no source file.")
    sizes = {entry["filePath"]: len(entry.get("fileContent", b"")) for entry in params.get("putFiles", [])}
    for path, size in sizes.items():
        if size > LARGEST_FILE:
            raise AwsError("FileContentSizeLimitExceededException", f"{path} has {size} bytes; 6 MB is the limit.")
    if sum(sizes.values()) > LARGEST_COMMIT:
        raise AwsError("FolderContentSizeLimitExceededException", "The commit's files exceed 20 MB.")


def _changes(git: Git, tree: dict[str, Entry], params: Params) -> Changes:
    changes: Changes = {}

    def existing(path: str) -> Entry:
        if path not in tree:
            raise AwsError("FileDoesNotExistException", f"The file {path} does not exist.")
        return tree[path]

    puts = params.get("putFiles", [])
    new_blobs = iter(git.write_blobs(entry["fileContent"] for entry in puts if "fileContent" in entry))
    for entry in puts:
        path = _path(entry["filePath"])
        source = entry.get("sourceFile")
        origin = existing(_path(source["filePath"])) if source else None
        default = (origin or tree.get(path)) and FILE_MODES.get((origin or tree[path]).mode)
        mode = MODES[entry.get("fileMode") or default or "NORMAL"]
        if source and source.get("isMove"):
            changes[_path(source["filePath"])] = None
        changes[path] = (mode, origin.sha if origin else next(new_blobs))
    for entry in params.get("setFileModes", []):
        changes[_path(entry["filePath"])] = (MODES[entry["fileMode"]], existing(_path(entry["filePath"])).sha)
    for entry in params.get("deleteFiles", []):
        existing(_path(entry["filePath"]))
        changes[_path(entry["filePath"])] = None
    result = {*tree, *changes} - {path for path, change in changes.items() if change is None}
    if params.get("keepEmptyFolders"):
        removed = (str(PurePosixPath(path).parent) for path, change in changes.items() if change is None)
        bare = [folder for folder in removed if folder != "." and not any(p.startswith(folder + "/") for p in result)]
        keep = git.write_blobs([b""])[0]
        changes.update({f"{folder}/.gitkeep": (MODES["NORMAL"], keep) for folder in bare})
    _check_folders(result, {path for path, change in changes.items() if change})
    return changes


def _check_folders(paths: set[str], written: set[str]) -> None:
    """No path may be a file and a folder at once."""
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    for path in sorted(written):
        if path in folders:
            raise AwsError(
                "FileNameConflictsWithDirectoryNameException", f"{path} is a folder: a file cannot be there."
            )
        if file := next((str(p) for p in PurePosixPath(path).parents if str(p) in paths), None):
            raise AwsError("DirectoryNameConflictsWithFileNameException", f"{file} is a file: {path} cannot be there.")


def _commit(git: Git, params: Params, changes: Changes, tree: dict[str, Entry], parent: str | None) -> Params:
    real = {path: change for path, change in changes.items() if change != _state(tree.get(path))}
    if not real:
        raise AwsError("NoChangeException", "The commit would change nothing.")
    name = params.get("authorName") or params.get("name") or caller().rpartition("/")[2]
    message = params.get("commitMessage") or "Edited " + ", ".join(sorted(real))
    sha = git.write_commit(parent, real, message, (name, params.get("email", "")))
    git.run("update-ref", f"refs/heads/{params['branchName']}", sha, parent or "0" * 40)

    def files(wanted: Callable[[str], bool]) -> list[Params]:
        found = {path: real[path] or (tree[path].mode, tree[path].sha) for path in sorted(real) if wanted(path)}
        return [
            {"absolutePath": path, "blobId": blob, "fileMode": FILE_MODES[mode]} for path, (mode, blob) in found.items()
        ]

    return {
        "commitId": sha,
        "treeId": git.commit(sha).tree,
        "filesAdded": files(lambda path: path not in tree),
        "filesUpdated": files(lambda path: path in tree and real[path] is not None),
        "filesDeleted": files(lambda path: real[path] is None),
    }


def _state(entry: Entry | None) -> tuple[str, str] | None:
    return (entry.mode, entry.sha) if entry else None


@operation("codecommit", "CreateCommit")
def create_commit(params: Params) -> Params:
    """Several files in one commit."""
    return _create_commit(params)


def _create_commit(params: Params) -> Params:
    model, _ = find(params["repositoryName"])
    _check_entries(params)
    with writing(model) as git:
        parent = _parent(git, params["branchName"], params.get("parentCommitId"))
        tree = {entry.path: entry for entry in git.entries(parent, recursive=True)} if parent else {}
        return _commit(git, params, _changes(git, tree, params), tree, parent)


def _one_file(params: Params, list_name: str, *members: str) -> Params:
    entry = {name: params[name] for name in ("filePath", *members) if name in params}
    return _create_commit({**params, list_name: [entry]})


@operation("codecommit", "PutFile")
def put_file(params: Params) -> Params:
    """One file in one commit."""
    try:
        made = _one_file(params, "putFiles", "fileContent", "fileMode")
    except AwsError as error:
        if error.code == "NoChangeException":
            raise AwsError("SameFileContentException", "The file has that content already.") from error
        raise
    written = (made["filesAdded"] + made["filesUpdated"])[0]
    return {"commitId": made["commitId"], "blobId": written["blobId"], "treeId": made["treeId"]}


@operation("codecommit", "DeleteFile")
def delete_file(params: Params) -> Params:
    """Removes one file in one commit."""
    made = _one_file(params, "deleteFiles")
    gone = made["filesDeleted"][0]
    return {
        **{name: made[name] for name in ("commitId", "treeId")},
        "blobId": gone["blobId"],
        "filePath": gone["absolutePath"],
    }


def _commit_of(git: Git, specifier: str | None) -> str:
    sha = git.resolve(specifier or "HEAD")
    if sha is None:
        raise AwsError("CommitDoesNotExistException", f"{specifier or 'The default branch'} does not exist.")
    return sha


@operation("codecommit", "GetFile")
def get_file(params: Params) -> Params:
    """A file at a commit."""
    _, git = find(params["repositoryName"])
    sha, path = _commit_of(git, params.get("commitSpecifier")), _path(params["filePath"])
    entry = git.entry(sha, path)
    if entry is None or entry.kind != "blob":
        raise AwsError("FileDoesNotExistException", f"The file {path} does not exist at {sha}.")
    content = git.blob(entry.sha)
    if len(content) > LARGEST_FILE:
        raise AwsError("FileTooLargeException", f"{path} has {len(content)} bytes; the API gives 6 MB at most.")
    found = {"commitId": sha, "blobId": entry.sha, "filePath": path, "fileMode": FILE_MODES[entry.mode]}
    return {**found, "fileSize": len(content), "fileContent": content}


@operation("codecommit", "GetBlob")
def get_blob(params: Params) -> Params:
    """A file's content by its id."""
    _, git = find(params["repositoryName"])
    try:
        return {"content": git.blob(params["blobId"])}
    except GitError as error:
        raise AwsError("BlobIdDoesNotExistException", f"The blob {params['blobId']} does not exist.") from error


@operation("codecommit", "GetFolder")
def get_folder(params: Params) -> Params:
    """What a folder holds at a commit."""
    _, git = find(params["repositoryName"])
    sha, path = _commit_of(git, params.get("commitSpecifier")), params["folderPath"].strip("/")
    entry = git.entry(sha, path) if path else None
    if path and (entry is None or entry.kind != "tree"):
        raise AwsError("FolderDoesNotExistException", f"The folder {path} does not exist at {sha}.")
    listed = git.entries(sha, path)

    def members(id_name: str, wanted: Callable[[Entry], bool], *, mode: bool = False) -> list[Params]:
        return [
            {
                id_name: e.sha,
                "absolutePath": e.path,
                "relativePath": e.path.rpartition("/")[2],
                **({"fileMode": FILE_MODES[e.mode]} if mode else {}),
            }
            for e in listed
            if wanted(e)
        ]

    return {
        "commitId": sha,
        "folderPath": path,
        "treeId": entry.sha if entry else git.commit(sha).tree,
        "subFolders": members("treeId", lambda e: e.kind == "tree"),
        "files": members("blobId", lambda e: e.kind == "blob" and e.mode != MODES["SYMLINK"], mode=True),
        "symbolicLinks": members("blobId", lambda e: e.mode == MODES["SYMLINK"], mode=True),
        "subModules": members("commitId", lambda e: e.kind == "commit"),
    }


@operation("codecommit", "GetCommit")
def get_commit(params: Params) -> Params:
    """A commit by its full id."""
    _, git = find(params["repositoryName"])
    sha = params["commitId"]
    if git.line("cat-file", "-t", sha) != "commit":
        raise AwsError("CommitIdDoesNotExistException", f"The commit {sha} does not exist.")
    found = git.commit(sha)
    people = {
        role: dict(zip(("name", "email", "date"), person, strict=True))
        for role, person in (("author", found.author), ("committer", found.committer))
    }
    about = {"commitId": sha, "treeId": found.tree, "parents": list(found.parents), "message": found.message}
    return {"commit": {**about, **people, "additionalData": ""}}


@operation("codecommit", "GetDifferences")
def get_differences(params: Params) -> Params:
    """Files that differ between two commits, or all files of one."""
    _, git = find(params["repositoryName"])
    before = params.get("beforeCommitSpecifier")
    after = _commit_of(git, params["afterCommitSpecifier"])
    empty = git.run("hash-object", "-t", "tree", "--stdin").decode().strip()
    tree = git.run("diff-tree", "-r", "-z", "--no-renames", _commit_of(git, before) if before else empty, after)
    fields = tree.decode().split("\0")
    differences = []
    for line, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old, new, change = line.lstrip(":").split(" ")
        sides = {"beforeBlob": (old_mode, old), "afterBlob": (new_mode, new)}
        blobs = {n: {"blobId": sha, "path": path, "mode": mode} for n, (mode, sha) in sides.items() if sha.strip("0")}
        folder = params.get("afterPath") or params.get("beforePath") or ""
        if path.startswith(folder):
            differences.append({**blobs, "changeType": change[0] if change[0] in "AMD" else "M"})
    return {"differences": differences}
