using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Operations;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowMember, Guildhall's own: one member, and how far its join or its quit has come. Both parties may ask.</summary>
internal static class ShowMember
{
    public static void MapShowMember(this IEndpointRouteBuilder api) =>
        api.MapGet("members/{member_id:guid}", HandleAsync).WithName("ShowMember");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "member_id")] string id, Caller caller, Overview overview, CancellationToken cancellationToken)
    {
        if ((await overview.ShowProgressAsync(caller, id, cancellationToken)).IsRefused(out var refusal, out var found))
        {
            return refusal.ToResponse();
        }

        var member = ListMembers.ToWire(found.Membership, isExtended: true) with { Progress = found.Operation is { } operation ? ToWire(operation) : null };
        return Answers.Ok(member, Answers.Json.Member);
    }

    /// <summary>The step that is next or under way; the last one when all are done.</summary>
    private static MemberProgress ToWire(Operation operation)
    {
        var step = operation.CurrentStep ?? operation.Steps[^1];
        return new MemberProgress(
            operation.Id,
            operation.Status.ToString().ToLowerInvariant(),
            step.Name,
            step.Detail,
            operation.Steps.IndexOf(step) + 1,
            operation.Steps.Length,
            step.Attempts,
            string.Join(" ", step.Messages),
            step.StartedAt?.ToWire());
    }
}
