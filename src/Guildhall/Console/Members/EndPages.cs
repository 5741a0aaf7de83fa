using Guildhall.Console.Shared;
using Guildhall.Memberships;

namespace Guildhall.Console.Members;

/// <summary>The ways a membership ends by a person's doing: withdrawn or cleaned up by the inviter, quit by the invitee. Each says first what it brings about.</summary>
internal static class EndPages
{
    public static Task<IResult> AskRemoveAsync(ConsoleRequest request, string serviceId, string id) =>
        WithAsync(request, serviceId, id, member => Task.FromResult(ShowRemove(request, member, null)));

    public static Task<IResult> RemoveAsync(ConsoleRequest request, string serviceId, string id) =>
        WithAsync(request, serviceId, id, async member =>
        {
            var deletion = new Deletion(member.Invitee.AccountName, member.State, member.Invitee.ServiceId is "" ? null : member.Invitee.ServiceId);
            var deletions = new Deletions(serviceId, member.ChannelName, [deletion]);
            return (await request.Members.DeleteAsync(request.Caller, deletions, request.Aborted)).IsRefused(out var refusal)
                ? await WithAsync(request, serviceId, id, now => Task.FromResult(ShowRemove(request, now, refusal)))
                : request.Go("/console/members", member.State == MembershipState.Waiting
                    ? request.T("The invitation of {0} is withdrawn.", member.Invitee.AccountName)
                    : request.T("The record of {0} is cleaned up.", member.Invitee.AccountName));
        });

    public static Task<IResult> AskQuitAsync(ConsoleRequest request, string serviceId, string id) =>
        WithAsync(request, serviceId, id, member => ShowQuitAsync(request, member, null));

    public static Task<IResult> QuitAsync(ConsoleRequest request, string serviceId, string id) =>
        WithAsync(request, serviceId, id, async member =>
        {
            var from = member.Inviter;
            var quitting = new Quitting(from.ServiceId, from.ProjectId, from.AccountId, member.ChannelName, member.Invitee.ServiceId);
            return (await request.Members.QuitAsync(request.Caller, quitting, request.Aborted)).IsRefused(out var refusal, out var operationId)
                ? await WithAsync(request, serviceId, id, now => ShowQuitAsync(request, now, refusal))
                : request.Go("/console/operations/" + operationId, request.T("You are leaving. This page shows how far it has come."));
        });

    private static async Task<IResult> WithAsync(ConsoleRequest request, string serviceId, string id, Func<Membership, Task<IResult>> answer) =>
        (await request.Overview.ShowMemberAsync(request.Caller, serviceId, id, request.Aborted)).IsRefused(out _, out var found)
            ? request.NotFound()
            : await answer(found.Membership);

    private static IResult ShowRemove(ConsoleRequest request, Membership member, Refusal? refusal) => request.Show<RemoveView, RemoveModel>(
        member.State == MembershipState.Waiting ? request.T("Withdraw the invitation") : request.T("Clean up the record"), new RemoveModel(member, refusal), refusal);

    private static async Task<IResult> ShowQuitAsync(ConsoleRequest request, Membership member, Refusal? refusal)
    {
        var onChannel = member.State == MembershipState.Joined ? await Foreseen.OfAsync(request, member.Id, null) : null;
        return request.Show<QuitView, QuitModel>(request.T("Quit"), new QuitModel(member, onChannel, refusal), refusal);
    }
}
