using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Tests.Memberships;

public sealed class LifecycleTests
{
    [Fact]
    public void Every_action_in_every_state() => Assert.Equal(
        """
                   Agree             Reject            Remove        Leave      Abandon    Dissolve   ConfirmJoined  ConfirmLeft
        Waiting    Joining           Rejected          Waiting       NotJoined  Waiting    Cancelled  bug            bug
        Rejected   InvitationClosed  InvitationClosed  Rejected      NotJoined  Rejected   Rejected   bug            bug
        Joining    AlreadyAgreed     InvitationClosed  NotDeletable  NotJoined  Leaving    Dissolved  Joined         bug
        Joined     AlreadyAgreed     InvitationClosed  NotDeletable  Leaving    Leaving    Dissolved  Joined         bug
        Leaving    InvitationClosed  InvitationClosed  NotDeletable  Leaving    Leaving    Dissolved  bug            Left
        Left       InvitationClosed  InvitationClosed  Left          Left       Left       Left       bug            Left
        Dissolved  InvitationClosed  InvitationClosed  Dissolved     NotJoined  Dissolved  Dissolved  bug            bug
        Cancelled  InvitationClosed  InvitationClosed  NotDeletable  NotJoined  Cancelled  Cancelled  bug            bug
        """,
        Table());

    [Fact]
    public void A_refusal_says_in_which_state_the_membership_is()
    {
        var now = DateTimeOffset.UnixEpoch;
        var membership = new Membership(
            "m", "trade", new Party("a", "harbor", "p", "s", "service"), Party.Invited("b", "mill"), MembershipState.Rejected, false, [], now, now);

        Assert.True(membership.Take(MembershipAction.Agree, now).IsRefused(out var refusal));
        Assert.Equal(
            "ActOnDetailNotification fail: the invitation no longer waits for an answer: the membership of mill in channel trade is reject",
            refusal.Message);
    }

    [Fact]
    public void Every_state_is_spelled_on_the_wire_and_read_back() => Assert.All(
        Enum.GetValues<MembershipState>(), state => Assert.Equal(state, Names.StateFromWire(state.ToWire())));

    [Fact]
    public void The_hash_of_an_organization_is_the_one_in_the_reference() => Assert.Equal(
        "25df6ee3d460a5daf6e11e6c5d945a43cda011fd", Names.HashOf("organization", "05c0705f-2520-ff0f-3ae2-a48e7e3c8936"));

    private static string Table()
    {
        var actions = Enum.GetValues<MembershipAction>();
        var rows = new List<string[]> { (string[])["", .. actions.Select(action => action.ToString())] };
        rows.AddRange(Enum.GetValues<MembershipState>().Select(state =>
            (string[])[state.ToString(), .. actions.Select(action => Outcome(state, action))]));
        var widths = Enumerable.Range(0, actions.Length + 1).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var table = new StringBuilder();
        foreach (var row in rows)
        {
            table.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return table.ToString().TrimEnd();
    }

    private static string Outcome(MembershipState state, MembershipAction action)
    {
        try
        {
            return state.Next(action).IsRefused(out var refusal, out var next) ? NameOf(refusal) : next.ToString();
        }
        catch (InvalidOperationException)
        {
            return "bug";
        }
    }

    private static string NameOf(Refusal refusal) =>
        typeof(Refusal).GetFields().Single(field => field.IsStatic && field.FieldType == typeof(Refusal) && ReferenceEquals(field.GetValue(null), refusal)).Name;
}
