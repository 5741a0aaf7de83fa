using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Console.Inbox;

/// <summary>Invitations that the account has got, what they would join, and the answers to them.</summary>
internal static class InboxPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        if (request.Filter("show", PartFrom).IsRefused(out var refusal, out var asked))
        {
            return request.Refuse(refusal);
        }

        var part = asked ?? InboxPart.Waiting;
        var (found, count) = await request.Overview.ListAsync(request.Caller, part, Pages.SkipOf(request), Pages.Rows, request.Aborted);
        return request.Show<InboxView, InboxModel>(request.T("Inbox"), new InboxModel(part, found, Pages.Of(request, count), null));
    }

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string id)
    {
        if ((await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var view))
        {
            return request.Refuse(refusal);
        }

        // Who opens it has read it; a reader, who may change nothing, leaves it as it is.
        if (!view.Invitation.IsRead && request.MayChange && request.Method == HttpMethods.Get)
        {
            await request.Members.MarkNotificationAsync(request.Caller, id, isRead: true, isHidden: null, request.Aborted);
        }

        return await ShowAsync(request, view);
    }

    public static async Task<IResult> AgreeAsync(ConsoleRequest request, string id)
    {
        var service = request.Form["service"];
        return await AnswerAsync(request, id, new Agreement(service, [.. request.Form.All("organization-" + service)]), null);
    }

    public static async Task<IResult> RejectAsync(ConsoleRequest request, string id)
    {
        if (!ReasonIn(request).IsRefused(out var unfit, out var reason))
        {
            return await AnswerAsync(request, id, null, reason);
        }

        return (await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var view)
            ? request.Refuse(refusal)
            : await ShowAsync(request, view, reasonRefusal: unfit);
    }

    public static async Task<IResult> MarkAsync(ConsoleRequest request, string id)
    {
        bool? isRead = request.Form.Has("read") ? request.Form["read"] == "1" : null;
        bool? isHidden = request.Form.Has("hidden") ? request.Form["hidden"] == "1" : null;
        var marked = await request.Members.MarkNotificationAsync(request.Caller, id, isRead, isHidden, request.Aborted);
        return !marked.IsRefused(out var refusal) ? request.Go(LocalPath.Or(request.Form["to"], "/console/inbox"))
            : (await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var gone, out _) ? request.Refuse(gone)
            : await ListAllAsync(request, refusal);
    }

    /// <summary>The first page of all invitations, after a form that was not done.</summary>
    private static async Task<IResult> ListAllAsync(ConsoleRequest request, Refusal refusal)
    {
        var (found, count) = await request.Overview.ListAsync(request.Caller, InboxPart.Shown, skip: 0, Pages.Rows, request.Aborted);
        return request.Show<InboxView, InboxModel>(request.T("Inbox"), new InboxModel(InboxPart.Shown, found, new Pages("/console/inbox?show=all", Number: 1, Pages.Rows, count), refusal), refusal);
    }

    private static InboxPart? PartFrom(string word) => word switch
    {
        "all" => InboxPart.Shown,
        "hidden" => InboxPart.Hidden,
        _ => null,
    };

    private static async Task<IResult> AnswerAsync(ConsoleRequest request, string id, Agreement? agreement, string? reason)
    {
        if ((await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var view))
        {
            return request.Refuse(refusal);
        }

        refusal = WhyNot(agreement);
        var invitation = view.Invitation;
        if (refusal is null)
        {
            var from = invitation.Inviter;
            var answer = new InvitationAnswer(invitation.ChannelName, from.ServiceId, from.ProjectId, from.AccountId, agreement, reason);
            (await request.Members.AnswerAsync(request.Caller, answer, request.Aborted)).IsRefused(out refusal);
        }

        if (refusal is not null)
        {
            return (await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var gone, out var now) ? request.Refuse(gone) : await ShowAsync(request, now, refusal);
        }

        return request.Go("/console/inbox/" + id, agreement is null
            ? request.T("The invitation is rejected. {0} sees that.", invitation.Inviter.AccountName)
            : request.T("You agreed. The channel is being changed; this page shows how far it has come."));
    }

    /// <summary>Read as the API reads it; empty for none.</summary>
    private static Result<string?> ReasonIn(ConsoleRequest request)
    {
        var body = Fields.Parse(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["reason"] = request.Form["reason"] }), request.Limits);
        var reason = AnswerInvitation.ReadReason(body);
        return body.Refusal is { } refusal ? refusal : reason;
    }

    private static Refusal? WhyNot(Agreement? agreement) => agreement switch
    {
        { ServiceId: "" } => ConsoleRefusals.NothingChosen.Because("no service"),
        { Organizations.Length: 0 } => ConsoleRefusals.NothingChosen.Because("no organization"),
        _ => null,
    };

    private static async Task<IResult> ShowAsync(ConsoleRequest request, InvitationView view, Refusal? refusal = null, Refusal? reasonRefusal = null)
    {
        var invitation = view.Invitation;
        var operations = await OperationsOfAsync(request, invitation);
        request.RefreshEvery = invitation.State is MembershipState.Joining or MembershipState.Leaving ? 5 : null;
        var service = request.Form["service"];
        return request.Show<InvitationPage, InvitationModel>(
            request.T("Invitation of {0}", invitation.Inviter.AccountName),
            new InvitationModel(view, operations, await ForeseeAsync(request, view), new GivenAnswer(service, request.Form.All("organization-" + service), request.Form["reason"], refusal, reasonRefusal)),
            refusal ?? reasonRefusal);
    }

    /// <remarks>The channel is read for each at the same time, and for a few seconds at most.</remarks>
    private static async Task<Dictionary<string, Foreseen?>> ForeseeAsync(ConsoleRequest request, InvitationView view)
    {
        var able = view.Candidates.Where(one => one.WhyNot is null).Select(one => one.Service.Id).ToArray();
        var foreseen = await Task.WhenAll(able.Select(service => Foreseen.OfAsync(request, view.Invitation.Id, new Agreement(service, []))));
        return able.Zip(foreseen).ToDictionary(one => one.First, one => one.Second);
    }

    private static async Task<IReadOnlyList<Operation>> OperationsOfAsync(ConsoleRequest request, Membership invitation)
    {
        var found = await request.Overview.ShowMemberAsync(request.Caller, invitation.Inviter.ServiceId, invitation.Id, request.Aborted);
        return found.IsRefused(out _, out var member) ? [] : member.Operations;
    }
}
