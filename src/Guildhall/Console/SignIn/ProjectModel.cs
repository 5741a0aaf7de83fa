using Guildhall.Identity;

namespace Guildhall.Console.SignIn;

/// <param name="Current">The id of the project that the session is in; empty before one is chosen.</param>
public sealed record ProjectModel(IReadOnlyList<ProjectEntry> Projects, string Current, string To);
