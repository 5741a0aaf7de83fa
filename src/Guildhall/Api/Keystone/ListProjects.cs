using Guildhall.Identity;
using Microsoft.AspNetCore.Http.Extensions;

namespace Guildhall.Api.Keystone;

/// <summary>KeystoneListProjects, and KeystoneListAuthProjects, which shows only what the caller may enter: the account's projects.</summary>
/// <remarks>An SDK that is given a region asks for the project of that name, and wants exactly one.</remarks>
internal static class ListProjects
{
    private const int MaxPerPage = 5000;

    public static void MapListProjects(this IEndpointRouteBuilder api)
    {
        api.MapGet("projects", HandleAsync).WithName("KeystoneListProjects");
        api.MapGet("auth/projects", HandleEnterableAsync).WithName("KeystoneListAuthProjects");
    }

    private static async Task<IResult> HandleAsync(
        HttpContext context, Query query, Doors doors, Accounts accounts, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var (name, domain, parent) = (query.Text("name"), query.Text("domain_id"), query.Text("parent_id"));
        var enabled = query.Choice("enabled", "true", "false");
        var (page, perPage) = (query.Number("page", 1, int.MaxValue) ?? 1, query.Number("per_page", 1, MaxPerPage) ?? MaxPerPage);
        if (query.Refusal is { } malformed)
        {
            return malformed.ToIamResponse();
        }

        var found = (await accounts.ListProjectsAsync(principal, cancellationToken))
            .Where(project => (name is null || project.Name == name)
                && (domain is null || project.AccountId == domain)
                && (parent is null || project.AccountId == parent)
                && (enabled is null || project.IsEnabled == (enabled == "true")))
            .ToList();
        var shown = found.Skip((int)Math.Min(int.MaxValue, (page - 1L) * perPage)).Take(perPage);
        var links = new ListLinks(
            LinkTo(context, null),
            (long)page * perPage < found.Count ? LinkTo(context, page + 1) : null,
            page > 1 ? LinkTo(context, page - 1) : null);
        return IamAnswers.Ok(new ProjectList(links, [.. shown.Select(project => ShapeOf(project, context))]), IamAnswers.Json.ProjectList);
    }

    private static async Task<IResult> HandleEnterableAsync(
        HttpContext context, Doors doors, Accounts accounts, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var found = await accounts.ListProjectsAsync(principal, cancellationToken);
        return IamAnswers.Ok(
            new ProjectList(
                new ListLinks(LinkTo(context, null), Next: null, Previous: null),
                [.. found.Where(project => project.IsEnabled).Select(project => ShapeOf(project, context))]),
            IamAnswers.Json.ProjectList);
    }

    private static Project ShapeOf(ProjectEntry project, HttpContext context) => new(
        project.Id,
        project.Name,
        project.AccountId,
        project.AccountId,
        IsDomain: false,
        project.IsEnabled,
        Description: "",
        new SelfLink($"{KeystoneApi.BaseUrlOf(context)}{KeystoneApi.Root}/projects/{project.Id}"));

    /// <param name="page">Null for the request's own address.</param>
    private static string LinkTo(HttpContext context, int? page)
    {
        var parameters = context.Request.Query.SelectMany(
            parameter => parameter.Value, (parameter, value) => KeyValuePair.Create(parameter.Key, value ?? ""));
        var query = page is null
            ? new QueryBuilder(parameters)
            : new QueryBuilder(parameters.Where(parameter => parameter.Key != "page")) { { "page", page.Value.ToString() } };
        return $"{KeystoneApi.BaseUrlOf(context)}{context.Request.Path}{query}";
    }
}
